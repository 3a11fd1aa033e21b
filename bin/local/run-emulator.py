"""Runs MiniStack until it is told to stop, or until whoever started it is gone: then our standard input ends."""
import os
import signal
import sys
import threading
import time


def end_with_starter():
    while os.read(0, 1024):
        pass
    os.killpg(0, signal.SIGTERM)
    time.sleep(5)
    os.killpg(0, signal.SIGKILL)


threading.Thread(target=end_with_starter, daemon=True).start()
sys.argv = ["ministack"]

from ministack.app import main  # noqa: E402

main()
