"""Changing and comparing the data of sessions: JSON Patch and JSON Merge Patch."""

from __future__ import annotations

import copy
from typing import Any

import jsonpatch
import jsonpointer
import orjson

from cpsl.records import JsonObject, JsonPatch
from cpsl_dev.exceptions import InvalidInput, PatchTestFailed

# A larger value is told as replaced: finding what differs inside would keep the core waiting.
_COMPARED_BYTES = 200_000


def apply_patch(data: JsonObject, patch: JsonPatch | JsonObject) -> JsonObject:
    """Return `data` with a patch made: a list is RFC 6902, an object RFC 7386. All or nothing.

    Raises:
        PatchTestFailed: a `test` operation did not hold.
        InvalidInput: the patch is none, or names a path that is not there.
    """
    if isinstance(patch, dict):
        merged = _merge(data, patch)
        assert isinstance(merged, dict)
        return merged
    try:
        result = jsonpatch.apply_patch(copy.deepcopy(data), patch)
    except jsonpatch.JsonPatchTestFailed as error:
        raise PatchTestFailed(f"A test of the patch does not hold: {error}") from None
    except jsonpatch.InvalidJsonPatch as error:
        raise InvalidInput(f"This is no JSON patch: {error}") from None
    except (jsonpatch.JsonPatchConflict, jsonpointer.JsonPointerException) as error:
        raise InvalidInput(f"The patch names a place that is not there: {error}") from None
    except (TypeError, AttributeError, ValueError, KeyError, IndexError) as error:
        raise InvalidInput(f"This is no JSON patch: {error}") from None
    if not isinstance(result, dict):
        raise InvalidInput("The patch would make the data something else than an object.")
    return result


def difference(before: JsonObject, after: JsonObject) -> JsonPatch:
    """Return the JSON patch that leads from one state of the data to another."""
    patch: JsonPatch = []
    for key in before:
        if key not in after:
            patch.append({"op": "remove", "path": f"/{_escape(key)}"})
    for key, value in after.items():
        if key not in before:
            patch.append({"op": "add", "path": f"/{_escape(key)}", "value": value})
        elif before[key] is not value:
            patch += _difference_in(key, before[key], value)
    return patch


def _difference_in(key: str, before: Any, after: Any) -> JsonPatch:
    # Compared as JSON: Python takes 1, 1.0 and True for equal.
    old, new = orjson.dumps(before), orjson.dumps(after)
    if old == new:
        return []
    path = f"/{_escape(key)}"
    both = isinstance(before, (dict, list)) and type(before) is type(after)
    if not both or max(len(old), len(new)) > _COMPARED_BYTES:
        return [{"op": "replace", "path": path, "value": after}]
    steps: JsonPatch = jsonpatch.make_patch(before, after).patch
    return [_under(path, step) for step in steps]


def _under(path: str, step: JsonObject) -> JsonObject:
    moved = {**step, "path": path + step["path"]}
    if "from" in step:
        moved["from"] = path + step["from"]
    return moved


def _merge(target: Any, patch: Any) -> Any:
    """RFC 7386, section 2."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = _merge(result.get(key), value)
    return result


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")
