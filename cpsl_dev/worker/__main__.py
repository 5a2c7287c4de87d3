"""Start a worker: `python -P -m cpsl_dev.worker FD`."""

import sys

from cpsl_dev.worker.process import main

if __name__ == "__main__":
    main(int(sys.argv[1]))
