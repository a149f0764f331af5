"""The functions that an expression may call, and what each gives."""

TEMPORAL = {"date": "date", "time": "time", "date and time": "datetime", "duration": "duration"}

# feelin 8.2.0's own functions by the kind of their result ("any" where it depends on what they are given).
_BY_KIND = {
    "number": """number; string length; count; sum; mean; product; median; stddev; decimal; floor; ceiling;
        abs; round up; round down; round half up; round half down; modulo; sqrt; log; exp; day of year;
        week of year""",
    "text": """string; substring; upper case; lower case; substring before; substring after; replace;
        string join; day of week; month of year""",
    "yes_no": """is defined; not; contains; matches; starts with; ends with; list contains; all; any; odd;
        even; is; before; after; meets; met by; overlaps; overlaps before; overlaps after; finishes;
        finished by; includes; during; starts; started by; coincides""",
    "list": """split; list replace; sublist; append; concatenate; insert before; remove; reverse; index of;
        union; distinct values; flatten; mode; sort; get entries""",
    "record": "context; context merge; context put",
    "duration": "years and months duration",
    "any": "min; max; get value",
}
FUNCTIONS: dict[str, str] = TEMPORAL | {
    name.strip(): kind for kind, listed in _BY_KIND.items() for name in listed.split(";")
}

# The engine hands in today's date, so that a case can be told again as it was: these two mean that fact.
CLOCK = {"today": "today", "now": "now"}

# What can stand behind `instance of`.
TYPES = frozenset(("Any", "Null", "string", "number", "boolean", "date", "time", "date and time", "duration"))
TYPES |= {"days and time duration", "years and months duration", "list", "context", "range", "function"}

# What can be taken out of a value with a dot.
_DATE_PARTS = dict.fromkeys(("year", "month", "day", "weekday"), "number")
_TIME_PARTS = dict.fromkeys(("hour", "minute", "second"), "number") | {
    "time offset": "any",
    "timezone": "any",
}
PARTS: dict[str, dict[str, str]] = {
    "date": _DATE_PARTS,
    "time": _TIME_PARTS,
    "datetime": _DATE_PARTS | _TIME_PARTS,
    "duration": dict.fromkeys(("years", "months", "days", "hours", "minutes", "seconds"), "number"),
}
