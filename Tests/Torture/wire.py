"""A proxy that cuts a connection: after a number of bytes in either direction, or at a COMMIT."""
import contextlib
import random
import select
import socket
import struct
import threading


class Cut:
    """When a connection breaks; asked for each piece that passes."""

    def __init__(self, kind, number):
        self.kind, self.number = kind, number
        self.is_armed = False

    @classmethod
    def any(cls, sent, received):
        """A random one, for a run that sends and receives so many bytes when nobody disturbs it."""
        kind = random.choice(["sent", "received", "before commit", "after commit"])
        limit = {"sent": sent, "received": received}.get(kind, 40)
        return cls(kind, random.randrange(1, max(2, limit)))

    def passes(self, piece):
        """What of a piece from the client still passes, and whether the connection breaks then."""
        if self.kind == "sent":
            self.number -= len(piece)
            return (piece, False) if self.number > 0 else (piece[:self.number + len(piece)], True)
        if self.kind in ("before commit", "after commit"):
            at = -1
            while (at := piece.find(b"COMMIT", at + 1)) >= 0:
                self.number -= 1
                if self.number == 0:
                    if self.kind == "before commit":
                        return piece[:at], True
                    self.is_armed = True
        return piece, False

    def answers(self, piece):
        """The same for a piece from the server: what it has done is done, and nobody hears of it."""
        if self.is_armed:
            return b"", True
        if self.kind == "received":
            self.number -= len(piece)
            return (piece, False) if self.number > 0 else (piece[:self.number + len(piece)], True)
        return piece, False


class Proxy:
    """Listens on a port of the loopback interface for as long as the process lives."""

    def __init__(self, target):
        self.target, self.cuts = target, []
        self.sent = self.received = self.done = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.listen, daemon=True).start()

    def plan(self, cuts):
        """The cuts of the next connections, in their order; later ones stay whole."""
        self.cuts, self.sent, self.received, self.done = cuts, 0, 0, 0

    def listen(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        cut = self.cuts.pop(0) if self.cuts else None
        with contextlib.closing(client), contextlib.suppress(OSError), \
                socket.create_connection(("127.0.0.1", self.target)) as server:
            for end in (client, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while self.forward(client, server, cut):
                pass
            if cut is not None and random.random() < 0.5:
                # A reset, as from a router that has forgotten the connection, in place of an end.
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def forward(self, client, server, cut):
        """Passes on what has come; false at the end of either side, or of the connection."""
        for end in select.select([client, server], [], [])[0]:
            piece = end.recv(65536)
            if not piece:
                return False
            breaks = False
            if end is client:
                self.sent += len(piece)
                if cut:
                    piece, breaks = cut.passes(piece)
                server.sendall(piece)
            else:
                self.received += len(piece)
                if cut:
                    piece, breaks = cut.answers(piece)
                client.sendall(piece)
            if breaks:
                self.done += 1
                return False
        return True
