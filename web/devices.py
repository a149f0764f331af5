"""A few words for the browser that somebody signs in with, from what it says of itself."""

# The first that is found counts: most browsers also name others that they are like.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("Chrome", "Chrome"),
    ("CriOS", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def told(agent: str) -> str:
    """Such as "Firefox, Windows"; "" where we know neither. Only our own words, so that nothing else is kept."""
    found = (next((name for sign, name in known if sign in agent), None) for known in (BROWSERS, SYSTEMS))
    return ", ".join(filter(None, found))
