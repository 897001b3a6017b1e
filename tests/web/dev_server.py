"""Look at the pages in a browser while working on them: `PERSONA=interne python -m tests.web.dev_server [port]`."""

import sys
from pathlib import Path

from gateway.web import create_web
from gateway.world import real_world
from tests.web.fake_gateway import FakeGateway


def main() -> None:
    """Serve the pages of the small hospital on loopback, with the real clock."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8123
    samples = Path(__file__).resolve().parents[3] / "shared" / "samples" / "cda-fr"
    fake = FakeGateway(base_url=f"http://127.0.0.1:{port}", samples=samples)
    fake.world = real_world()
    app = create_web(fake)
    app.config["TEMPLATES_AUTO_RELOAD"] = True
    app.run("127.0.0.1", port, threaded=True)


if __name__ == "__main__":
    main()
