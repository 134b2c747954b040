"""`make screenshots`: pictures of every state of the portal, and those of the README, from the
built page alone.
"""

import build
import settings
from testing import chromium

FOLDER = settings.ROOT / ".local" / "screenshots"
PICTURES = settings.ROOT / "infra" / "images"


def screenshots() -> int:
    """Every state of every screen at three widths, light and dark, into `.local/screenshots/`."""
    build.ui()
    build.npm_packages(build.BROWSER_DIR)
    where = {
        "SCREENSHOTS_DIR": str(FOLDER),
        "PICTURES_DIR": str(PICTURES),
        "CHROMIUM_PATH": chromium(),
    }
    build.run(["npm", "run", "--silent", "screenshots"], build.BROWSER_DIR, **where)
    count = len(list(FOLDER.glob("*.png")))
    print(
        f"{count} pictures: {settings.shown(FOLDER / 'index.html')}; those of the README: "
        f"{settings.shown(PICTURES)}"
    )
    return 0
