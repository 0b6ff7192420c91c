"""Which module may import which: decisions know no edge, and nothing heavy is imported before it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "kubectl_images"

# Lowest first: each line may name only modules above it.
MAY_IMPORT = {
    # Of all.
    "__init__": "",
    "errors": "",
    "carets": "",
    "once": "",
    "json_values": "",
    "hidden_texts": "json_values",
    "terminal": "hidden_texts",
    # The nouns.
    "objects": "",
    "versions": "",
    "filters": "carets errors versions",
    "filter_parser": "carets errors filters",
    "filter_advice": "filters",
    "references": "errors",
    "platforms": "",
    "same": "",
    "paths": "objects",
    "placeholders": "errors filters objects",
    "image_fields": "errors paths placeholders references",
    "images": "errors image_fields objects paths placeholders",
    "live_images": "errors images objects paths references",
    # YAML and JSON.
    "yaml_scalars": "",
    "json_documents": "yaml_scalars",
    "shown_lines": "",
    "yaml_problems": "carets errors shown_lines",
    "yaml_reader": "errors yaml_problems yaml_scalars",
    "yaml_lines": "yaml_reader yaml_scalars",
    "yaml_writer": "yaml_scalars",
    "documents": "json_documents yaml_lines yaml_problems yaml_reader yaml_writer",
    # The decision.
    "custom_kinds": "objects",
    "fixed_images": "errors images references",
    "fixed_kinds": "errors fixed_images images objects",
    "fixed_images_file": "documents errors filters fixed_images json_values objects",
    "fixed_choice": "fixed_images images",
    "fixed_advice": "errors fixed_choice fixed_images images references",
    "undecided": "errors filter_advice filters images references",
    "resolve": "errors filter_advice filters fixed_advice fixed_choice fixed_images images live_images objects paths references"
    " undecided",
    "pinning": "errors platforms references resolve undecided",
    "listing": "images objects references resolve",
    # Templates and files.
    "ignore": "",
    "web_addresses": "",
    "text_files": "errors",
    "template_ignores": "ignore text_files",
    "kustomize_names": "errors text_files",
    "sources": "errors kustomize_names template_ignores text_files web_addresses",
    "template_args": "documents errors json_values",
    "template_functions": "documents errors json_values",
    "template_guard": "errors placeholders",
    "template_images": "errors filter_parser filters objects placeholders references",
    "template_files": "errors web_addresses",
    "template_paths": "errors",
    "template_secrets": "json_values",
    "template_variables": "",
    "template_sources": "errors objects shown_lines template_files",
    "template_frames": "objects template_sources",
    "template_calls": "errors",
    "template_context": "errors json_values template_files template_frames template_functions template_guard template_paths"
    " template_sources",
    "template_environment": "placeholders template_calls template_context template_functions template_guard template_sources",
    "template_errors": "errors objects shown_lines template_context template_sources",
    "template_run": "errors filters placeholders template_context template_environment template_errors template_frames"
    " template_guard template_images template_sources template_variables",
    "render": "objects placeholders shown_lines template_errors template_run template_secrets template_sources",
    "found_objects": "documents errors json_values objects placeholders render shown_lines sources",
    "refused_annotations": "found_objects",
    "template_choice": "documents found_objects placeholders render sources template_ignores text_files",
    "manifests": "custom_kinds errors found_objects objects refused_annotations",
    "server_fields": "objects",
    "losses": "objects",
    # Projects.
    "fields": "documents errors json_values objects placeholders shown_lines",
    "inclusion": "errors",
    "kluctl_command_line": "errors",
    "metadata_rules": "",
    "label_selectors": "carets errors metadata_rules objects",
    "ignore_diff": "errors objects",
    "project_file": "fields metadata_rules objects",
    "project_paths": "errors fields text_files",
    "project_files": "errors fields kustomize_names project_file project_paths render text_files",
    "project_images": "fields fixed_images fixed_images_file",
    "project_rules": "fields ignore_diff",
    "targets": "errors fields fixed_images metadata_rules objects project_images project_paths render text_files",
    "input_mistakes": "errors project_file project_files project_paths targets text_files",
    "variable_texts": "documents errors fields objects render shown_lines",
    "variable_files": "errors fields text_files variable_texts",
    "environment_variables": "documents errors fields variable_texts",
    "cluster_variables": "errors fields objects variable_texts",
    "variables": "cluster_variables environment_variables errors fields json_values objects once render variable_files"
    " variable_texts",
    "declared_args": "errors fields json_values",
    "project_items": "fields objects variables",
    "project": "errors fields fixed_images ignore_diff inclusion objects project_file project_files project_images"
    " project_items project_paths project_rules render variable_texts variables",
    "empty_items": "errors objects project_file project_items project_paths sources",
    "item_metadata": "custom_kinds found_objects objects project_items",
    "kustomizations": "documents fields",
    "helm_charts": "documents errors fields objects text_files",
    "temporary_files": "errors",
    "programs": "errors temporary_files",
    "chart_differences": "objects paths placeholders",
    "helm": "chart_differences custom_kinds documents errors helm_charts objects placeholders programs temporary_files",
    "kustomize": "errors programs",
    "territories": "template_choice",
    "copied_trees": "temporary_files",
    "copied_files": "copied_trees errors fields template_choice territories",
    "private_copies": "copied_files copied_trees documents errors fields helm helm_charts kustomizations kustomize_names"
    " template_choice territories text_files",
    "builds": "errors fields helm kustomize private_copies programs sources template_choice territories",
    "built_objects": "builds found_objects json_values render sources",
    "input_objects": "builds built_objects found_objects kustomize_names render sources template_choice territories",
    "project_objects": "builds built_objects custom_kinds empty_items errors fields found_objects helm helm_charts item_metadata"
    " kustomize_names project project_file project_items render sources targets template_choice territories"
    " text_files",
    "unheeded_annotations": "objects",
    "read_input": "declared_args errors fields found_objects inclusion input_mistakes input_objects json_values"
    " kluctl_command_line label_selectors manifests objects project project_files project_objects render"
    " sources targets unheeded_annotations variables",
    # Of both networks.
    "origins": "",
    "system_authorities": "",
    "proxies": "origins",
    # The registry.
    "challenges": "",
    "registry_names": "references",
    "registry_settings": "references registry_names",
    "registry_policy": "",
    "registry_answers": "registry_policy",
    "registry_certs": "registry_answers",
    "registries_conf": "errors references registry_names",
    "registry_trust": "once origins registry_answers registry_certs registry_names registry_settings",
    "pem_files": "",
    "registry_tls": "pem_files registry_answers registry_certs registry_trust system_authorities",
    "host_pace": "registry_answers registry_policy",
    "retries": "host_pace registry_answers registry_policy",
    "tag_pages": "registry_answers registry_policy",
    "docker_config": "registry_names",
    "credential_helpers": "docker_config",
    "credentials": "credential_helpers docker_config once registry_names registry_settings",
    "registry_connections": "",
    "registry_http": "__init__ once origins proxies registry_answers registry_connections registry_policy"
    " registry_tls registry_trust retries",
    "redirects": "origins registry_answers registry_http",
    "registry_tokens": "challenges docker_config origins registry_answers registry_http registry_policy",
    "web_files": "errors origins redirects registry_answers registry_http registry_policy registry_trust retries text_files"
    " web_addresses",
    "registry_login": "challenges credentials docker_config host_pace once origins redirects registry_answers registry_names"
    " registry_http registry_policy registry_tokens retries",
    "registry_host": "challenges credentials host_pace once origins redirects registry_answers registry_names registry_http"
    " registry_login registry_policy registry_settings retries",
    "registry_manifests": "platforms references registry_answers",
    "crew": "errors registry_policy",
    "registry": "credentials crew errors once platforms references registries_conf registry_answers"
    " registry_host registry_http registry_manifests registry_policy registry_trust retries tag_pages",
    # The cluster.
    "kube_tls": "errors system_authorities",
    "kubeconfig_files": "documents errors",
    "login_process": "",
    "exec_plugin": "errors kube_tls kubeconfig_files login_process",
    "access": "exec_plugin kube_tls proxies",
    "kubeconfig_options": "",
    "kubeconfig_logins": "access errors exec_plugin kube_tls kubeconfig_files kubeconfig_options",
    "kubeconfig_clusters": "errors kube_tls kubeconfig_files kubeconfig_options origins proxies",
    "kubeconfig": "access errors exec_plugin kube_tls kubeconfig_clusters kubeconfig_files kubeconfig_logins kubeconfig_options origins",
    "kube_login": "access errors exec_plugin",
    "kube_connections": "access kube_tls",
    "kube_answers": "objects",
    "unreachable": "access errors origins",
    "kube_stream": "objects",
    "kube_retries": "unreachable",
    "kube_client": "__init__ access exec_plugin kube_answers kube_connections kube_login kube_retries kube_stream kube_tls objects"
    " unreachable",
    "kube_commands": "access",
    "unknown_kinds": "access kube_commands objects",
    "object_errors": "access kube_answers kube_commands losses objects",
    "cluster_errors": "access errors kube_answers kube_commands object_errors objects unknown_kinds",
    "object_answers": "access cluster_errors kube_answers objects",
    "discovery": "objects",
    "discovery_cache": "access discovery objects",
    "kinds": "cluster_errors discovery discovery_cache errors kube_answers kube_client kube_commands object_answers objects",
    "watches": "kube_stream objects",
    "object_requests": "kinds kube_answers kube_client kube_stream objects",
    "many_reads": "errors kube_connections objects watches",
    "cluster": "access cluster_errors discovery discovery_cache errors kinds kube_answers kube_client kube_commands kube_retries many_reads object_answers object_requests objects watches",
    # Waiting.
    "progress": "objects",
    "pod_progress": "errors objects progress references",
    "rollout": "objects pod_progress progress",
    "readiness": "objects progress rollout",
    "pod_faults": "objects progress",
    "workload_faults": "objects pod_faults progress",
    "claim_faults": "objects pod_faults progress workload_faults",
    "patience": "objects pod_faults progress",
    "following": "cluster errors objects watches",
    "followers": "cluster following",
    "wait_scopes": "following objects rollout",
    "live_view": "errors following objects workload_faults",
    "wait_errors": "errors objects pod_faults",
    "waiting": "claim_faults cluster errors followers following live_view objects patience pod_faults progress readiness"
    " rollout wait_errors wait_scopes workload_faults",
    "wait_report": "cluster objects patience terminal waiting",
    # What is done with what was decided.
    "field_sets": "objects",
    "takeover": "cluster field_sets objects same",
    "diff": "documents ignore_diff objects same takeover",
    "external_diff": "errors",
    "prerequisites": "errors objects",
    "deletion": "errors objects prerequisites",
    "secret_values": "errors objects",
    "trial": "cluster errors objects secret_values",
    "apply_object": "cluster deletion errors objects secret_values takeover trial",
    "waves": "objects",
    "replacing": "cluster deletion errors losses objects prerequisites secret_values trial",
    "removal": "deletion errors losses objects prerequisites",
    "under_way": "objects",
    "apply": "apply_object diff errors objects prerequisites removal replacing under_way waves",
    "not_yet": "apply errors objects waves",
    "plan": "apply images live_images objects paths resolve",
    "kept_images": "errors objects plan resolve",
    "stage_steps": "apply errors objects plan refused_annotations",
    "change_lines": "plan",
    "plan_names": "apply objects plan",
    "plan_screen": "apply change_lines objects plan plan_names terminal",
    "poke": "errors images live_images objects paths resolve",
    "output": "documents",
    "deleted_objects": "custom_kinds discovery errors fields manifests objects project_items unknown_kinds",
    "target_contexts": "errors kubeconfig kubeconfig_options targets terminal",
    # The commands: `prepare` alone knows the decision and both edges.
    "prepare": "cluster custom_kinds deleted_objects discovery_cache errors fixed_images fixed_images_file fixed_kinds ignore_diff"
    " images kubeconfig manifests objects pinning placeholders platforms project read_input references registry"
    " registry_policy render resolve server_fields target_contexts targets template_args terminal text_files undecided web_files",
    "dry_run": "apply deleted_objects diff errors not_yet objects prepare takeover trial",
    "commands": "__init__ documents listing output prepare terminal",
    "account": "apply dry_run objects patience plan plan_screen prepare stage_steps terminal under_way wait_report",
    "deploy_command": "account apply deleted_objects diff dry_run images kept_images objects output plan prepare resolve stage_steps terminal under_way",
    "diff_command": "diff dry_run external_diff ignore_diff plan prepare",
    "poke_command": "account apply diff dry_run errors objects plan poke prepare resolve stage_steps under_way",
    "tags_command": "errors filter_advice filter_parser filters objects output prepare references sources text_files",
    "help_texts": "",
    "flag_mistakes": "errors help_texts kluctl_command_line",
    "flag_values": "platforms",
    "command_flags": "flag_values",
    "connection_flags": "flag_values",
    "flags": "command_flags connection_flags errors flag_mistakes help_texts",
    "endings": "",
    "cli": "commands deploy_command diff_command endings errors flags inclusion kubeconfig poke_command prepare read_input registry_policy tags_command"
    " terminal",
    "archive_main": "",
}
KNOW_BOTH = {"prepare"}

DECISIONS = (
    *(
        "versions",
        "filters",
        "filter_parser",
        "filter_advice",
        "references",
        "objects",
        "paths",
        "placeholders",
        "image_fields",
        "images",
        "live_images",
        "inclusion",
        "label_selectors",
    ),
    *("custom_kinds", "fixed_images", "fixed_choice", "fixed_kinds", "fixed_advice"),
    *("platforms", "undecided", "resolve", "pinning", "listing"),
)
EDGES = {
    *("registry", "registry_host", "registry_http", "credentials", "credential_helpers"),
    *("kubeconfig", "exec_plugin", "kube_client", "cluster", "sources", "terminal"),
    *("text_files",),
}
# A decision asks nobody: what it needs is handed to it.
MODULES_OF_EDGES = {
    *("http", "os", "pathlib", "shutil", "socket", "ssl", "subprocess"),
    *("sys", "tempfile", "threading", "time"),
}

# Everything of another package that takes long to import, and the modules that may do it.
OWNERS = {
    "certifi": set[str](),
    "jinja2": {
        "template_calls",
        "template_context",
        "template_environment",
        "template_errors",
        "template_frames",
        "template_run",
    },
    "kubernetes": set[str](),
    "requests": set[str](),
    "urllib3": {
        "kube_client",
        "kube_connections",
        "kube_retries",
        "kube_stream",
        "registry_connections",
        "registry_http",
        "unreachable",
    },
    "yaml": {"yaml_lines", "yaml_problems", "yaml_reader", "yaml_writer"},
}


@dataclass(frozen=True)
class Imports:
    """What one module imports: modules of the package, packages outside, and those of them already at its start."""

    ours: frozenset[str]
    others: frozenset[str]
    at_start: frozenset[str]


def _modules() -> set[str]:
    return {path.stem for path in PACKAGE.glob("*.py")}


@cache
def _imports(module: str) -> Imports:
    tree = ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))
    return Imports(
        frozenset(_ours(ast.walk(tree))),
        frozenset(_others(ast.walk(tree))),
        frozenset(_others(_run_at_start(tree.body))),
    )


def _ours(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and node.level:
            if node.module:
                yield node.module
            else:
                yield from ("__init__" if name.name.startswith("__") else name.name for name in node.names)


def _others(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").partition(".")[0]


def _run_at_start(body: Iterable[ast.stmt]) -> Iterator[ast.AST]:
    """Yield the statements that run when the module is imported: all but functions' and `if TYPE_CHECKING`'s."""
    for statement in body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.If(test=ast.Name(id="TYPE_CHECKING")):
                continue
            case _:
                yield statement
                yield from _run_at_start(
                    child for child in ast.iter_child_nodes(statement) if isinstance(child, ast.stmt)
                )


def _reached_from(module: str) -> set[str]:
    reached: set[str] = set()
    waiting = {module}
    while waiting:
        reached |= waiting
        waiting = {name for found in waiting for name in _imports(found).ours} - reached
    return reached


def test_the_table_names_every_module_and_no_other() -> None:
    assert set(MAY_IMPORT) == _modules()


def test_each_line_of_the_table_names_only_modules_above_it() -> None:
    above: set[str] = set()
    for module, allowed in MAY_IMPORT.items():
        assert set(allowed.split()) <= above, f"the line of {module}"
        above.add(module)


@pytest.mark.parametrize("module", sorted(_modules()))
def test_a_module_imports_only_what_the_table_allows(module: str) -> None:
    imports = _imports(module)

    assert imports.ours - set(MAY_IMPORT[module].split()) == set()
    assert "kubectl_images" not in imports.others, "imports inside the package are relative"


@pytest.mark.parametrize("module", DECISIONS)
def test_a_decision_reaches_no_edge(module: str) -> None:
    assert _reached_from(module) & EDGES == set()
    assert _imports(module).others & MODULES_OF_EDGES == set()


def test_one_module_brings_the_decision_and_the_edges_together() -> None:
    networks = EDGES - {"terminal"}

    assert {name for name in _modules() if "resolve" in (ours := _imports(name).ours) and ours & networks} == KNOW_BOTH


@pytest.mark.parametrize("package", OWNERS)
def test_a_heavy_package_is_imported_by_its_owner_alone(package: str) -> None:
    users = {module for module in _modules() if package in _imports(module).others}

    assert users <= OWNERS[package]


@pytest.mark.parametrize("module", sorted(_modules()))
def test_a_module_imports_no_package_that_is_not_shipped(module: str) -> None:
    # Python 3.10 has no tomllib, and what needs it does without.
    assert _imports(module).others - sys.stdlib_module_names - {"tomllib"} - set(OWNERS) == set()


def test_no_heavy_package_is_imported_at_a_modules_start() -> None:
    assert {module: heavy for module in _modules() if (heavy := _imports(module).at_start & set(OWNERS))} == {}


def test_the_command_line_starts_without_anything_heavy() -> None:
    heavy = sorted({*OWNERS, "ssl", "http.client"})
    code = f"import sys, kubectl_images.cli; print([name for name in {heavy} if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("[]\n", "")
