import subprocess
import sys

HEAVY = {"jsonargparse", "lightning", "numpy", "PIL", "timm", "torch", "torchmetrics"}


def test_importing_the_package_imports_no_library():
    code = "import elsewhere, sys; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "elsewhere" in loaded
    assert loaded & HEAVY == set()
