"""The module paths of the vendor's SDK: each name at its path, and the object that it is here."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import twelvelabs_async
from tests.contract.contract_paths import REPOSITORY
from tools import vendor_names
from tools.areas import PACKAGE

TABLE = json.loads(vendor_names.TABLE.read_text("utf-8"))
MODULES: dict[str, list[str]] = TABLE["modules"]
AREAS: dict[str, list[str]] = {}
for each in MODULES:
    AREAS.setdefault(each.partition(".")[0], []).append(each)
each_area = pytest.mark.parametrize("modules", AREAS.values(), ids=AREAS)

REAL = {
    "twelvelabs_async." + ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
    for path in PACKAGE.rglob("*.py")
}
REAL = {name.removesuffix(".__init__") for name in REAL}


def area_of(module: str) -> ModuleType | None:
    """The module here that has what the vendor has below it."""
    parts = module.split(".")
    while parts:
        name = f"twelvelabs_async.{'.'.join(parts)}"
        if name in REAL:
            return importlib.import_module(name)
        parts.pop()
    return None


def here(module: str, name: str) -> Any:
    """What a name of a vendor's module is here, or None."""
    found = getattr(area_of(module), name, None)
    if found is None and name not in TABLE["in_several_areas"]:
        found = getattr(twelvelabs_async, name, None)
    return found


@each_area
def test_a_name_is_at_the_vendors_path_and_is_the_same_object(modules: list[str]) -> None:
    for module in modules:
        assert_names_are_at(module)


def assert_names_are_at(module: str) -> None:
    expected = {name: found for name in MODULES[module] if (found := here(module, name))}
    if not expected:
        return
    made = importlib.import_module(f"twelvelabs_async.{module}")
    for name, found in expected.items():
        assert getattr(made, name) is found
    assert sys.modules[f"twelvelabs_async.{module}"] is made


@each_area
def test_a_module_lists_what_it_has_and_hides_nothing_foreign(modules: list[str]) -> None:
    for module in modules:
        assert_lists_what_it_has(module)


def assert_lists_what_it_has(module: str) -> None:
    full = f"twelvelabs_async.{module}"
    try:
        made = importlib.import_module(full)
    except ModuleNotFoundError:
        assert all(here(module, name) is None for name in MODULES[module])
        return
    if full in REAL:
        return
    assert set(made.__all__) <= set(MODULES[module])
    assert set(made.__all__) <= set(dir(made))
    namespace: dict[str, object] = {}
    exec(f"from {full} import *", namespace)
    assert namespace.keys() - {"__builtins__"} == {*made.__all__}
    assert inspect.getmembers(made)
    assert made.__spec__ is not None
    assert importlib.reload(made) is made


# As programs write them, and where the object is here.
PATHS = [
    ("types.video_context", "VideoContext_AssetId", "analyze.models"),
    ("types.response_format", "ResponseFormat", "analyze.models"),
    ("types.search_item", "SearchItem", "search.models"),
    ("types.video_segment", "VideoSegment", "video_models"),
    ("types.index_schema", "IndexSchema", "indexes.models"),
    ("errors.bad_request_error", "BadRequestError", "errors"),
    ("errors.too_many_requests_error", "TooManyRequestsError", "errors"),
    ("indexes.types", "IndexesCreateRequestModelsItem", "indexes.models"),
    (
        "indexes.types.indexes_create_request_models_item",
        "IndexesCreateRequestModelsItem",
        "indexes.models",
    ),
    ("indexes.indexed_assets.types", "IndexedAssetsCreateResponse", "indexes.models"),
    ("tasks.types.tasks_create_response", "TasksCreateResponse", "tasks.models"),
    ("embed.tasks.types.tasks_create_response", "TasksCreateResponse", "embed.models"),
    ("embed.v_2.tasks.types.tasks_create_response", "TasksCreateResponse", "embed.v_2.models"),
    ("embed.tasks.types", "TasksStatusResponse", "embed.models"),
    ("manage_entities.types", "ListAllEntitiesResponse", "manage_entities.models"),
    ("multipart_upload.types", "CreateAssetUploadRequestType", "multipart_upload"),
    ("wrapper.multipart_upload_client_wrapper", "UploadError", "errors"),
    ("wrapper.multipart_upload_client_wrapper", "UploadResult", "multipart_upload.models"),
    ("wrapper.embed_client_wrapper", "CreateEmbeddingsTaskVideoParams", "embed.models"),
    ("wrapper.task_client_wrapper", "AsyncTaskClientWrapper", "tasks:Tasks"),
    ("wrapper.task_client_wrapper", "TaskClientWrapper", "sync.tasks:Tasks"),
    ("indexes.client", "AsyncIndexesClient", "indexes:Indexes"),
    ("indexes.client", "IndexesClient", "sync.indexes:Indexes"),
    ("embed.v_2.tasks.client", "AsyncTasksClient", "embed.v_2.tasks:EmbedV2Tasks"),
    ("tasks.transfers.client", "TransfersClient", "sync.tasks.transfers:Transfers"),
    ("indexes.raw_client", "AsyncRawIndexesClient", "raw:RawIndexes"),
    ("indexes.raw_client", "RawIndexesClient", "sync.raw:RawIndexes"),
    ("embed.v_2.tasks.raw_client", "AsyncRawTasksClient", "raw:RawEmbedV2Tasks"),
    ("analyze_async.tasks.raw_client", "RawTasksClient", "sync.raw:RawAnalyzeAsyncTasks"),
    ("raw_base_client", "AsyncRawBaseClient", "raw:RawAnalyze"),
    ("raw_base_client", "RawBaseClient", "sync.raw:RawAnalyze"),
    ("base_client", "AsyncBaseClient", "client:AsyncTwelveLabs"),
    ("client", "TwelveLabs", "sync.client"),
    ("client", "AsyncTwelveLabs", "client"),
    ("core", "File", "_runtime.files"),
    ("core.file", "File", "_runtime.files"),
    ("core.api_error", "ApiError", "errors"),
    ("core.request_options", "RequestOptions", "options"),
    ("core.http_response", "AsyncHttpResponse", "_runtime.raw_response:RawResponse"),
    ("core.http_response", "HttpResponse", "_runtime.raw_response:RawResponse"),
    ("core.http_response", "BaseHttpResponse", "_runtime.raw_response:RawResponse"),
    ("core.pagination", "SyncPager", "sync.iterate"),
    ("core.pagination", "AsyncPager", "_runtime.pager:Pager"),
    ("core.pydantic_utilities", "UniversalBaseModel", "_runtime.model:Model"),
    ("version", "__version__", "_version"),
]


PROGRAMS = [
    "from {m} import {n} as found",
    "import {m}; found = {m}.{n}",
    "import {m} as module; found = module.{n}",
    "from {parent} import {leaf} as module; found = module.{n}",
    "import importlib; found = importlib.import_module('{m}').{n}",
    "from importlib.util import find_spec as f; assert f('{m}'); import {m}; found = {m}.{n}",
]


@pytest.mark.parametrize(("module", "name", "origin"), PATHS)
def test_programs_import_it_in_every_way(module: str, name: str, origin: str) -> None:
    where, _, other = origin.partition(":")
    expected = getattr(importlib.import_module(f"twelvelabs_async.{where}"), other or name)
    full = f"twelvelabs_async.{module}"
    parent, _, leaf = full.rpartition(".")
    for program in PROGRAMS:
        namespace: dict[str, Any] = {}
        exec(program.format(m=full, n=name, parent=parent, leaf=leaf), namespace)
        assert namespace["found"] is expected, program


def test_objects_that_came_by_a_vendors_path_pickle() -> None:
    module = importlib.import_module("twelvelabs_async.types.video_context")
    made = module.VideoContext_Url(url="https://host/film.mp4")
    assert pickle.loads(pickle.dumps(made)) == made
    assert pickle.loads(pickle.dumps(module.VideoContext_Url)) is module.VideoContext_Url
    assert inspect.getmodule(module.VideoContext_Url) is not module


@pytest.mark.parametrize(
    "name",
    [
        "types.no_such_type",
        "no_such_area",
        "no_such_area.types",
        "core.http_client",
        "core.raw_client",
    ],
)
def test_what_the_vendor_has_not_or_hides_is_not_found(name: str) -> None:
    assert name not in MODULES
    with pytest.raises(ModuleNotFoundError, match=name.split(".")[0]):
        importlib.import_module(f"twelvelabs_async.{name}")


def test_a_name_that_is_not_here_is_an_import_error() -> None:
    with pytest.raises(ImportError, match="NoSuchName"):
        exec("from twelvelabs_async.types.video_context import NoSuchName")


def test_areas_are_attributes_of_the_package() -> None:
    program = (
        "import twelvelabs_async as t; assert t.indexes.IndexSchema is t.IndexSchema;"
        "assert t.core.ApiError is t.ApiError; assert t.embed.v_2.MediaSource is t.MediaSource"
    )
    subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, check=True)


def test_modules_at_the_top_and_in_core_are_attributes_before_they_are_imported() -> None:
    modules = [name for name in MODULES if "." not in name or name.startswith("core.")]
    assert len(modules) > 25
    program = f"import twelvelabs_async as t; [{', '.join(f't.{name}' for name in modules)}]"
    subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, check=True)


def test_the_finder_is_there_once_and_last_and_costs_nothing_at_the_start() -> None:
    program = """
import sys
before = {*sys.modules}
import twelvelabs_async
finders = [f for f in sys.meta_path if type(f).__name__ == "VendorModules"]
assert sys.meta_path[-1:] == finders
assert finders[0]._modules is None
assert not {"importlib.machinery", "pkgutil"} & ({*sys.modules} - before)
from twelvelabs_async.types.video_context import VideoContext_Url
for name in [name for name in sys.modules if name.startswith("twelvelabs_async")]:
    del sys.modules[name]
import twelvelabs_async.types.video_context as again
finders = [f for f in sys.meta_path if type(f).__name__ == "VendorModules"]
assert len(finders) == 1
assert again.VideoContext_Url is not VideoContext_Url
assert again.VideoContext_Url is sys.modules["twelvelabs_async"].VideoContext_Url
"""
    subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, check=True)


def test_the_table_is_what_the_vendors_sources_say(tmp_path: Path) -> None:
    if not all(os.environ.get(name) for name in vendor_names.VENDORS):
        pytest.skip(f"{' and '.join(vendor_names.VENDORS)} name no interpreters with the SDKs")
    assert vendor_names.main(["--check"]) == 0, "run python -m tools.vendor_names"


def test_names_are_read_from_sources(tmp_path: Path) -> None:
    for name, text in {
        "__init__.py": "from .a import A\n__all__ = ['A', 'inner']",
        "a.py": "import typing\nclass A: ...\ndef b(): ...\n_c = 1\nD = typing.Any\nOMIT = ...",
        "raw_client.py": "class Raw: ...",
        "core/http_client.py": "class HttpClient: ...",
        "inner/__init__.py": "from .types import E\n__all__ = ['E', 'types']",
        "inner/types/__init__.py": "__all__ = ['E']",
        "inner/types/e.py": "E = int",
        "inner/types/a.py": "class A: ...",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    assert vendor_names.table([tmp_path]) == {
        "in_several_areas": ["A"],
        "modules": {
            "a": ["A", "D", "b"],
            "inner": ["E"],
            "inner.types": ["E"],
            "inner.types.a": ["A"],
            "inner.types.e": ["E"],
            "raw_client": ["Raw"],
        },
    }
