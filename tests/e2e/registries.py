"""Several registries, and what a gateway sends them."""
import http.client
import json
import ssl
import threading

from harness import batches
from harness.process import Service, free_ports
from harness.stack import GATEWAY


class Sender:
    """Posts the batches of one journal in order, each to whichever registry it is told, until it is taken."""

    def __init__(self, stack):
        self.context = ssl.create_default_context(cafile=str(stack.pki / "ca.pem"))
        self.context.load_cert_chain(stack.pki / "gateways" / f"{GATEWAY}.pem", stack.pki / "gateways" / f"{GATEWAY}.key")

    def post(self, port, body):
        connection = http.client.HTTPSConnection("localhost", port, context=self.context, timeout=30)
        try:
            connection.request("POST", "/v1/ingest/batches", body,
                               {"Content-Type": "application/x-protobuf", "Content-Encoding": "zstd"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"{}")
        except (OSError, http.client.HTTPException):
            return 0, {}
        finally:
            connection.close()

    def to_both(self, ports, body):
        """The same batch to several at once; how many say that they stored it, how many took it."""
        answers = []
        threads = [threading.Thread(target=lambda p=p: answers.append(self.post(p, body))) for p in ports]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(a[1].get("stored", False) for a in answers), sum(a[0] == 200 for a in answers)


def make_batches(folder, units, seconds, rows):
    """What a gateway would send of a simulated fleet: how many samples, and the batches in their order."""
    made, files = batches.make(folder, units, seconds, rows)
    return made["samples"], [f.read_bytes() for f in files]


def second_registry(stack, name="registry-2", db=None):
    """One more beside the stack's, on its database or on another one; not started yet."""
    port = free_ports(1)[0]
    config = stack.state / "registry" / f"{name}.yaml"
    text = (stack.state / "registry" / "registry.yaml").read_text()
    config.write_text(text.replace(f"port: {stack.ports['registry']}", f"port: {port}").replace(stack.db, db or stack.db))
    service = Service(name, [stack.bin / "evroll-registry", "serve", "--config", config], stack.state / "run",
                      stack.state / "logs", stack.state)
    return service, port
