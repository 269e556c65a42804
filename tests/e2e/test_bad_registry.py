"""A registry that is slow, answers 500 or closes mid-answer: nothing lost, nothing twice."""
import pytest
from conftest import Fleet, drained, stored
from harness.process import free_ports, wait_until
from proxy import BadRegistry


@pytest.mark.parametrize("fault", ["500", "500-after", "close", "garbage", "slow", "refuse", "busy"])
def test_a_registry_that_misbehaves_neither_loses_nor_repeats(make_stack, tmp_path, fault):
    stack = make_stack(linger_ms=50)
    port = free_ports(1)[0]
    registry = BadRegistry(stack, port, [fault] * 3)
    try:
        config = stack.state / "gateway" / "gateway.yaml"
        config.write_text(config.read_text().replace(stack.registry_url, f"https://localhost:{port}"))
        stack.services["gateway"].stop()
        stack.start("gateway")
        fleet = Fleet(stack, tmp_path)
        fleet.certify("sim-0001", "sim-0002")
        fleet.run("simulate", "--units", 2, "--duration", "200s", "--interval", "1s", "--speed", 50)
        drained(stack)
        wait_until(lambda: not registry.script, "every fault of the script to be met")
        for unit in ("sim-0001", "sim-0002"):
            at = [s["at"] for s in stored(stack, unit)]
            assert len(at) == len(set(at)) == 200
        journals = stack.get_json("/v1/ingest/journals")["journals"]
        assert [j["lost"] for j in journals] == [0]
        assert sum(j["rows"] for j in journals) == 400, "a batch that was sent twice is stored once"
    finally:
        registry.stop()
