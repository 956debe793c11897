#!/usr/bin/env python3
"""The manifests of docker/k8s are such that Kubernetes takes them, and what they and docker/*.yaml run is there.

    ~/.cache/roundhouse/peers/bin/python scripts/check-deployment.py

Without a cluster: each document against the schemas of Kubernetes (package kubernetes-validate), and each name that one document takes from
another. Where kubectl is installed, the overlays are put together by it, else each file is looked at as it is.
"""

import pathlib
import re
import shutil
import subprocess
import sys

import kubernetes_validate
import yaml

ROOT = pathlib.Path(__file__).resolve().parent.parent
MANIFESTS = ROOT / "docker" / "k8s"
# The version whose schemas are used: fields that it does not know are mistakes.
KUBERNETES = "1.33"
# What the reader of docker/k8s/README.md makes.
MADE_BY_HAND = {("ConfigMap", "facility")}
# A variable in the text of a pipeline.
VARIABLE = re.compile(r"\$\{([a-z_]+)(?::-|\})")


def overlays():
    """The folders that are applied: all but the base, which has no broker, and components."""
    files = sorted(MANIFESTS.glob("*/kustomization.yaml"))
    folders = [file.parent for file in files if yaml.safe_load(file.read_text())["kind"] == "Kustomization"]
    return [folder for folder in folders if folder.name != "base"]


def documents(folder):
    """What `kubectl apply -k FOLDER` would apply, and whether it is put together."""
    if shutil.which("kubectl"):
        made = subprocess.run(["kubectl", "kustomize", folder], capture_output=True, text=True)
        if made.returncode == 0:
            return list(yaml.safe_load_all(made.stdout)), True
        raise SystemExit(f"{folder}: {made.stderr.strip()}")
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text())
    files = [folder / name for name in listed["resources"] if (folder / name).is_file()]
    return [document for file in files for document in yaml.safe_load_all(file.read_text())], False


def pods(document):
    """The specifications of pods in a document."""
    if isinstance(document, dict):
        if "containers" in document:
            yield document
        for value in document.values():
            yield from pods(value)


def taken(pod):
    """Kind and name of everything that a pod takes from other documents."""
    for volume in pod.get("volumes", []):
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"]
        if "secret" in volume and not volume["secret"].get("optional"):
            yield "Secret", volume["secret"]["secretName"]
        if "persistentVolumeClaim" in volume:
            yield "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]
    for container in pod["containers"]:
        for source in container.get("envFrom", []):
            if "configMapRef" in source:
                yield "ConfigMap", source["configMapRef"]["name"]
        for variable in container.get("env", []):
            if "secretKeyRef" in variable.get("valueFrom", {}):
                yield "Secret", variable["valueFrom"]["secretKeyRef"]["name"]


def variables(text):
    """The variables of a pipeline's text and of those that it includes."""
    content = text.read_text()
    found = set(VARIABLE.findall(content))
    for included in re.findall(r"^\s*include (\S+)", content, re.M):
        found |= variables(text.parent / included)
    return found


def wrong_command(words):
    """What is wrong with the arguments of `roundhouse`."""
    if not words or words[0] != "run":
        return
    text = ROOT / words[1]
    if not text.is_file():
        yield f"{words[1]} is not there"
        return
    settings = [word.removeprefix("--set=") for word in words if word.startswith("--set=")]
    settings += [after for word, after in zip(words, words[1:]) if word == "--set"]
    for setting in settings:
        name = setting.split("=")[0]
        if name not in variables(text):
            yield f"{words[1]} has no variable '{name}'"


def wrong_overlay(folder):
    """What is wrong with what an overlay applies."""
    found, together = documents(folder)
    names = {(document["kind"], document["metadata"]["name"]) for document in found} | MADE_BY_HAND
    for document in found:
        name = f"{document['kind']} {document['metadata']['name']}"
        try:
            kubernetes_validate.validate(document, KUBERNETES, strict=True)
        except kubernetes_validate.ValidationError as error:
            yield f"{name}: {'.'.join(map(str, error.path))}: {error.message}"
        for pod in pods(document):
            for thing in set(taken(pod)) - names if together else ():
                yield f"{name}: {' '.join(thing)} is not there"
            mounted = {volume["name"] for volume in pod.get("volumes", [])}
            claims = document.get("spec", {}).get("volumeClaimTemplates", [])
            mounted |= {claim["metadata"]["name"] for claim in claims}
            for container in pod["containers"]:
                for mount in container.get("volumeMounts", []):
                    if mount["name"] not in mounted:
                        yield f"{name}: there is no volume '{mount['name']}'"
                if container["image"].startswith("roundhouse:"):
                    yield from (f"{name}: {problem}" for problem in wrong_command(container.get("args")))


def wrong_compose(file):
    """What is wrong with a file of docker compose."""
    content = yaml.safe_load(file.read_text())
    for name, service in content["services"].items():
        if service.get("image", "").startswith("roundhouse:"):
            yield from (f"{name}: {problem}" for problem in wrong_command(service["command"]))
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            if "/" not in source and source not in content.get("volumes", {}):
                yield f"{name}: there is no volume '{source}'"


def main():
    """Looks at everything; the exit status says whether all is well."""
    problems = []
    for folder in overlays():
        problems += [f"{folder.relative_to(ROOT)}: {problem}" for problem in wrong_overlay(folder)]
    for file in sorted((ROOT / "docker").glob("*.yaml")):
        problems += [f"{file.relative_to(ROOT)}: {problem}" for problem in wrong_compose(file)]
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{len(overlays())} overlays and the files of docker compose are well")
    sys.exit(bool(problems))


main()
