"""The words of `--help`: what each command does, and examples that can be typed. No line is wider than 80 columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

PROGRAM = "kubectl images"


@dataclass(frozen=True)
class Help:
    """The texts of one command: its usage, a line for the overview, the description, and the examples."""

    usage: str
    summary: str
    description: str
    examples: str

    @property
    def epilog(self) -> str:
        """Return the examples under their heading, indented, and where the other flags are."""
        examples = "\n".join(f"  {line}".rstrip() for line in self.examples.strip().splitlines())
        return f"examples:\n{examples}\n\n{_OTHER_FLAGS}"


_OTHER_FLAGS = """\
The flags of cluster and terminal (-n, --context, --kubeconfig, -v ...), which
every command takes, are listed by: kubectl images --help"""

USAGE = "kubectl images COMMAND [flags]"

DESCRIPTION = """\
Deploys Kubernetes manifests whose images are chosen at deploy time.
A template says

  image: "{{ images.get_image('registry.example.com/team/web') }}"

and each such use is decided by the first of these that has an answer:

  fixed      what -F or --fixed-images-file pins
  deployed   what runs in the cluster (not with -u)
  registry   the newest tag that the filter, the second argument, accepts
  default    what get_image(..., default='repo:tag') names"""

EPILOG = """\
Flags and examples of a command: kubectl images COMMAND --help"""

DEPLOY = Help(
    "kubectl images deploy [-f FILE|DIR|URL|-]... [-k DIR]... [flags]",
    "apply the objects, images filled in",
    """\
Decides every image, fills it in and applies the objects by server-side apply,
as field manager kubectl-images. When one image cannot be decided, nothing is
applied; nor when the server, which checks everything by a dry run where
something runs already, refuses an object. On a terminal the plan is shown
first, and you are asked.

Without -f and -k it deploys the project in the current directory: what its
deployment.yaml names, for the target of .kluctl.yaml.""",
    """
# What runs stays; what is new gets the newest tag
kubectl images deploy -f web.yaml

# The project of this directory, for one target, without some items
kubectl images deploy -t prod -E monitoring

# A directory of kustomize
kubectl images deploy -k overlays/prod

# Take newer tags for all of a directory, without a question
kubectl images deploy -f manifests/ -u -y

# Pin one image
kubectl images deploy -f web.yaml \\
  -F registry.example.com/team/web=registry.example.com/team/web:main-41

# Deploy exactly what a list names, asking no registry
kubectl images list -f manifests/ > images.yaml
kubectl images deploy -f manifests/ --offline --fixed-images-file images.yaml

# Wait until it runs, or say at once why it cannot
kubectl images deploy -f web.yaml --wait --timeout=3m

# Deploy the output of another tool
helm template web ./chart | kubectl images deploy -f - --no-templates
""",
)
DIFF = Help(
    "kubectl images diff [-f FILE|DIR|URL|-]... [-k DIR]... [flags]",
    "show what deploy would change",
    """\
Compares the live objects with what the server would make of them (a dry run),
object by object. The values of Secrets are masked. The environment variable
KUBECTL_EXTERNAL_DIFF names another program to compare with.
Exit code: 0 nothing differs, 1 something does, 2 an error.""",
    """
# What would deploy change?
kubectl images diff -f web.yaml

# What would newer tags change?
kubectl images diff -f web.yaml -u

# What would change in the project of this directory?
kubectl images diff -t prod
""",
)
POKE = Help(
    "kubectl images poke [-f FILE|DIR|URL|-]... [-k DIR]... [flags]",
    "change only the images of live objects",
    """\
Decides every image as deploy does, and changes only the image fields of the
objects that are in the cluster, by field and container name: nothing else of
the manifest is applied. When the server refuses one of them, none is changed.
On a terminal the plan is shown first, and you are asked.""",
    """
# Newer images, and nothing else, for what runs
kubectl images poke -f manifests/ -u

# What would that change?
kubectl images poke -f manifests/ -u --dry-run=server
""",
)
LIST = Help(
    "kubectl images list [-f FILE|DIR|URL|-]... [-k DIR]... [flags]",
    "list every image and the rule that decided it",
    """\
Prints each use of an image with its result, as a file for --fixed-images-file:
fed back, it gives the same images without asking a registry. It also shows what
runs and what is newest where that is not the result; --simple asks for less.""",
    """
# Every use: its result and source, what runs, and what is newest
kubectl images list -f manifests/ -o table

# Write down what a deploy would take, and deploy exactly that later
kubectl images list -f manifests/ -u > images.yaml
kubectl images deploy -f manifests/ --offline --fixed-images-file images.yaml

# The same with digests, which a tag that is pushed again does not change
kubectl images list -f manifests/ -u --pin-digests > images.yaml

# Only image and result
kubectl images list -f manifests/ --simple
""",
)
RENDER = Help(
    "kubectl images render [-f FILE|DIR|URL|-]... [-k DIR]... [flags]",
    "print the objects, images filled in",
    """\
Prints the final YAML and changes nothing. With -f - it also is a post-renderer
for Helm. The values of Secrets are printed as they are. Items of a project that
are onlyRender are printed too.""",
    """
# The YAML that deploy would apply
kubectl images render -f web.yaml

# One item of the project of this directory
kubectl images render -t prod --include-deployment-dir apps/web

# With values for the templates' args
kubectl images render -f web.yaml -a env=prod -a web.replicas=3
""",
)
TAGS = Help(
    "kubectl images tags REPO [FILTER] [flags]\n       kubectl images tags --from FILE [FILTER] [flags]",
    "try a version filter on a repository's tags",
    """\
Prints every tag of a repository, the newest last, and for each why the filter
leaves it out. When no tag is left, it says so and exits with 1.""",
    """
# Which tag would be taken, and why not the others?
kubectl images tags registry.example.com/team/web \\
  "prefix('main-', suffix=number())"

# Without a network
printf '1.9\\n1.10\\n1.10-rc1\\n' | kubectl images tags --from - 'semver()'

# Only the newest tag, for a script
kubectl images tags nginx "regex('[0-9.]+-alpine')" -o name
""",
)
VERSION = Help(
    "kubectl images version [flags]",
    "print the version",
    "Prints the version of this program, what it runs on, and where it is.",
    """
kubectl images version
kubectl images version -o json
""",
)
COMMANDS: Mapping[str, Help] = {
    "deploy": DEPLOY,
    "diff": DIFF,
    "poke": POKE,
    "list": LIST,
    "render": RENDER,
    "tags": TAGS,
    "version": VERSION,
}
