from .settings import *

MIGRATION_MODULES = {"auth": None, "contenttypes": None, "djstripe": None}
