"""A Django project with dj-stripe (docs/clients.md). Its environment: API_BASE, API_KEY and DATABASE, a file."""
import os
import sys

from django.core.management import execute_from_command_line

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shop.settings")
execute_from_command_line(sys.argv)
