/** The app: its stacks and the rules that every synthesis is checked against. */
import { App, type AppProps, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, PCIDSS321Checks } from 'cdk-nag';
import { AwsExtrasStack } from './aws-extras-stack.ts';
import { acknowledge } from './nag-reasons.ts';
import { type Options, optionsOf } from './options.ts';
import { SluiceStack } from './sluice-stack.ts';

export interface SluiceApp {
  readonly app: App;
  readonly options: Options;
  readonly stack: SluiceStack;
  readonly extras: AwsExtrasStack | undefined;
}

/** The stacks for a set of options, not checked yet. */
export function sluiceApp(environment: Readonly<Record<string, string | undefined>>, props: AppProps = {}): SluiceApp {
  const app = new App(props);
  const options = optionsOf(app.node, environment);
  const stack = new SluiceStack(app, 'Sluice', options);
  const extras = options.extras ? new AwsExtrasStack(app, 'SluiceAwsExtras', stack, options) : undefined;
  return { app, options, stack, extras };
}

/** From now on a synthesis fails on whatever AWS Solutions or PCI DSS 3.2.1 rules find that has no written reason. */
export function checked(made: SluiceApp): SluiceApp {
  Validations.of(made.app).addPlugins(new AwsSolutionsChecks(made.app), new PCIDSS321Checks(made.app));
  acknowledge(made.app, made.options);
  return made;
}
