"""Tests of telling whether git is at work."""

from __future__ import annotations

from pathlib import Path

from cpsl_dev.git_state import GitState


def test_git_is_busy_while_it_holds_its_index(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    folder = tmp_path / "deep" / "project"
    folder.mkdir(parents=True)
    state = GitState(folder)
    lock = tmp_path / ".git" / "index.lock"

    assert not state.is_busy()
    lock.touch()
    assert state.is_busy()
    lock.unlink()
    assert not state.is_busy()


def test_a_lock_that_was_left_behind_is_none(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "index.lock").touch()

    assert not GitState(tmp_path).is_busy()


def test_a_worktree_keeps_its_lock_elsewhere(tmp_path: Path) -> None:
    place = tmp_path / "main" / ".git" / "worktrees" / "w"
    place.mkdir(parents=True)
    folder = tmp_path / "w"
    folder.mkdir()
    (folder / ".git").write_text(f"gitdir: {place}\n", "utf-8")
    state = GitState(folder)

    (place / "index.lock").touch()

    assert state.is_busy()


def test_outside_of_a_repository_git_is_never_busy(tmp_path: Path) -> None:
    assert not GitState(tmp_path).is_busy()
