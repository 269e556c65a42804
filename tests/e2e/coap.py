"""CoAP as units speak it: libcoap's own client, and a line between it and the gateway that loses answers."""
import contextlib
import dataclasses
import re
import socket
import subprocess
import tempfile
import threading

CLIENT = "coap-client-openssl"
ANSWER = re.compile(r"^v:\S+ (?:t:(\w+) )?c:(\d\.\d\d) (?:i:\w+ )?\{\w*\} \[(.*?)\](?: :: '(.*)')?", re.M)


@dataclasses.dataclass
class Answer:
    code: str  # "" when there was none
    type: str = ""
    options: str = ""
    text: str = ""

    def option(self, name):
        found = re.search(rf"\b{name}:(\d+)", self.options)
        return found and int(found[1])


def argv(stack, unit, path, port=None, tcp=False, media=110, options=(), pki=None, ca=None, method="post"):
    pki = pki or stack.pki
    return [CLIENT, "-m", method, "-v", "6", "-R", str(ca or stack.pki / "ca.pem"),
            *(["-c", str(pki / f"units/{unit}.pem"), "-j", str(pki / f"units/{unit}.key")] if unit else []),
            *(["-t", str(media)] if media is not None else []), *map(str, options),
            f"coaps{'+tcp' if tcp else ''}://127.0.0.1:{port or stack.ports['coap']}/{path}"]


def post(stack, unit, payload, path=None, format_="senml-json", seconds=10, **how):
    """One request; the last message that came back."""
    command = argv(stack, unit, path or f"v1/units/{unit}/{format_}", **how)
    with tempfile.NamedTemporaryFile() as file:  # it does not take a large payload whole from a pipe
        file.write(payload)
        file.flush()
        done = subprocess.run([*command[:-1], "-B", str(seconds), "-f", file.name, command[-1]],
                              capture_output=True, timeout=seconds + 20)
    text = (done.stdout + done.stderr).decode(errors="replace")
    # What the client sends is printed in the same way, with a method instead of a response.
    answers = [Answer(code, type_ or "", options, said or "")
               for type_, code, options, said in ANSWER.findall(text) if code[0] in "245" and code != "0.00"]
    return answers[-1] if answers else Answer("")


class LossyLine:
    """UDP between one client and a port. Drops the first `lose` answers that carry application data."""

    def __init__(self, port, lose):
        self.port, self.lose, self.lost, self.requests = port, lose, 0, 0
        self.front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.front.bind(("127.0.0.1", 0))
        self.back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.back.connect(("127.0.0.1", port))
        self.client = None
        self.done = False
        for target in (self._up, self._down):
            threading.Thread(target=target, daemon=True).start()

    def _up(self):
        with contextlib.suppress(OSError):
            while not self.done:
                data, self.client = self.front.recvfrom(2048)
                self.requests += data[0] == 23
                self.back.send(data)

    def _down(self):
        with contextlib.suppress(OSError):
            while not self.done:
                data = self.back.recv(2048)
                if data[0] == 23 and self.lost < self.lose:
                    self.lost += 1
                    continue
                self.front.sendto(data, self.client)

    @property
    def listens(self):
        return self.front.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.done = True
        self.front.close()
        self.back.close()
