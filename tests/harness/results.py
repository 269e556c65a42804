"""What test runners said: JUnit files read into tallies, and failures with the end of what they printed."""
import dataclasses
import xml.etree.ElementTree as ElementTree

# Lines of a failure that the closing words repeat: enough for an assertion with what stood around it.
LINES_OF_A_FAILURE = 25


@dataclasses.dataclass(frozen=True)
class Failure:
    classname: str
    name: str
    text: str

    @property
    def where(self):
        """The test's name as its runner takes it: `tests/e2e/test_x.py::test_y` of pytest, `test_x` of ctest. A file
        that pytest could not read has no class."""
        if self.classname == self.name:
            return self.name
        if not self.classname:
            return self.name.replace(".", "/") + ".py"
        return f"{self.classname.replace('.', '/')}.py::{self.name}"


@dataclasses.dataclass
class Tally:
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    failures: list = dataclasses.field(default_factory=list)
    # Failed beside other tests, and then passed alone, several times.
    unsteady: list = dataclasses.field(default_factory=list)

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped
        self.failures += other.failures
        self.unsteady += other.unsteady

    def line(self):
        said = f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"
        return said + (f", {len(self.unsteady)} UNSTEADY" if self.unsteady else "")

    def forgive(self, failure):
        """What passes alone, again and again, failed for want of the machine; it is said, but not held against the code."""
        self.failures.remove(failure)
        self.failed -= 1
        self.unsteady.append(failure)


def said_by(case):
    texts = [part.text or part.get("message") or "" for tag in ("failure", "error", "system-out")
             for part in case.findall(tag)]
    return "\n".join("\n".join(texts).splitlines()[-LINES_OF_A_FAILURE:])


def read_junit(file, status, name):
    """The tally of a JUnit file. A runner that failed without naming a failure is itself a failure, and one
    that ran nothing too."""
    tally = Tally()
    for case in ElementTree.parse(file).getroot().iter("testcase") if file.exists() else ():
        if case.find("failure") is not None or case.find("error") is not None:
            tally.failed += 1
            tally.failures.append(Failure(case.get("classname", ""), case.get("name", ""), said_by(case)))
        elif case.find("skipped") is not None or case.get("status") in ("disabled", "notrun"):
            tally.skipped += 1
        else:
            tally.passed += 1
    if (status != 0 and tally.failed == 0) or tally.passed + tally.failed == 0:
        print(f"FAILED  {name}: the runner ended with status {status}")
        tally.failed += 1
    return tally
