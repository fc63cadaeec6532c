"""What a command that ends with a mistake of its user says."""


def refused(answer):
    """The one line that tells the user of a mistake."""
    code, output, said = answer
    assert code == 2, said
    assert output == ""
    assert said.startswith("s2s: ")
    assert said.endswith("\n")
    assert said.count("\n") == 1
    return said


def refused_late(answer):
    """The one line, at the end, that tells the user of a mistake which came out in the middle of a training."""
    code, output, said = answer
    assert (code, output) == (2, "")
    assert "Traceback" not in said
    (line,) = (line for line in said.splitlines() if line.startswith("s2s: "))
    return line
