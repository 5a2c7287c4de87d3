"""Start a worker: `python -P -m cpsl_dev.worker FD`."""

import gc
import sys

# What is imported here stays: there is nothing to collect.
gc.disable()

from cpsl_dev.worker.process import main  # noqa: E402 - as said above

if __name__ == "__main__":
    gc.freeze()
    gc.enable()
    main(int(sys.argv[1]))
