"""Runs MiniStack until it is told to stop, or until whoever started it is gone: then our standard input ends."""
import os
import shutil
import signal
import sys
import threading
import time


# Our own temporary folder, made by bin/local/emulator.ts.
FOLDER = os.getcwd()


def end_with_starter():
    while os.read(0, 1024):
        pass
    # Nobody is left to do it afterwards.
    if os.path.basename(FOLDER).startswith("sluice-emulator-"):
        shutil.rmtree(FOLDER, ignore_errors=True)
    os.killpg(0, signal.SIGTERM)
    time.sleep(5)
    os.killpg(0, signal.SIGKILL)


threading.Thread(target=end_with_starter, daemon=True).start()
sys.argv = ["ministack"]

from ministack.app import main  # noqa: E402

main()
