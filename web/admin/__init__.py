"""The administrator's pages: agencies, people, closed days and parameters of a local action, and never a case."""

from web.admin import agencies, days, people, providers, settings
from web.admin.frame import bp

__all__ = ["agencies", "bp", "days", "people", "providers", "settings"]
