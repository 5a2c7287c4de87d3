"""`python -m cpsl_dev` is `cpsl`."""

from cpsl_dev.cli.main import main

main()
