"""LocalStack plugin: runs Lambda functions as processes (LAMBDA_RUNTIME_EXECUTOR=process)."""

from plux import Plugin


class ProcessRuntimeExecutorPlugin(Plugin):
    namespace = "localstack.lambda.runtime_executor"
    name = "process"

    def load(self, *args, **kwargs):
        from .executor import ProcessRuntimeExecutor

        return ProcessRuntimeExecutor
