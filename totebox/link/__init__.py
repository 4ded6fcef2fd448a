"""PSP, subject half: sessions on the listening addresses. They pass commands to the gate's Door and telemetry from the
Feed.
"""

from totebox.link.listener import Listener, serve

__all__ = ["Listener", "serve"]
