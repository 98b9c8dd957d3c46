#!/usr/bin/env python3
"""Every command of Kassenwart: `python3 manage.py demo`, `python3 manage.py test`, `python3 manage.py help`."""

import os
import sys

from config.bootstrap import prepare

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    prepare(sys.argv)
    # Only here: before `prepare` a fresh machine has no Django.
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
