"""PSP, subject half: sessions at a listening address, joined to the gate's Door and the telemetry's Feed."""

from totebox.link.listener import Listener, serve

__all__ = ["Listener", "serve"]
