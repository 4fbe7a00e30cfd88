from click.testing import CliRunner

from ops_hub.cli import main
from ops_hub.store import kernels


def test_samples_come_out_whole_and_never_over_what_stands_there(tmp_path):
    done = CliRunner().invoke(main, ["samples", str(tmp_path / "try")])
    assert done.exit_code == 0
    assert {each.name for each in (tmp_path / "try").iterdir()} == {"sample_feeds", "watchlists", "rules"}
    again = CliRunner().invoke(main, ["samples", str(tmp_path / "try")])
    assert again.exit_code == 2
    assert "name another folder" in again.output


def test_where_nothing_can_be_written_kernels_get_a_closed_folder_of_our_own(tmp_path, monkeypatch):
    monkeypatch.setattr(kernels, "writable", lambda folder: False)
    monkeypatch.setattr(kernels.tempfile, "gettempdir", lambda: str(tmp_path))
    first, second = {}, {}
    kernels.provide(first)
    folder = next(tmp_path.iterdir())
    assert (first[kernels.VARIABLE], folder.stat().st_mode & 0o777) == (str(folder), 0o700)
    folder.chmod(0o777)  # somebody else's, or open to them: code that numba would run is not read from there
    kernels.provide(second)
    assert second[kernels.VARIABLE] != str(folder)
