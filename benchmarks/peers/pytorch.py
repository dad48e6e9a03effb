"""PyTorch in the race: the same protocol and the same workloads as the adapters in TypeScript, on one thread."""

import json
import math
import resource
import sys
import time
import warnings

warnings.filterwarnings("ignore")

import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(1)
protocol = sys.stdout
sys.stdout = sys.stderr


class Data:
    """The arrays and settings of a workload, as its file has them."""

    def __init__(self, path):
        with open(path + ".json") as file:
            manifest = json.load(file)
        with open(path + ".bin", "rb") as file:
            content = bytearray(file.read())
        self.settings = manifest["settings"]
        self.arrays = {}
        for array in manifest["arrays"]:
            draw = array["draw"]
            dtype = torch.int32 if draw["kind"] == "labels" else torch.float32
            count = math.prod(draw["shape"])
            flat = torch.frombuffer(content, dtype=dtype, count=count, offset=array["offset"])
            self.arrays[array["name"]] = flat.reshape(draw["shape"]).clone()

    def __getitem__(self, name):
        return self.arrays[name]

    def parameters(self):
        names = [name for name in self.arrays if name not in ("x", "y")]
        return {name: nn.Parameter(self.arrays[name]) for name in names}


def probes(array):
    flat = array.detach().flatten()
    root = flat.double().square().mean().sqrt().item()
    return [flat[0].item(), flat[len(flat) // 2].item(), flat[-1].item(), root]


class Of:
    """One operation on a and b."""

    def __init__(self, data, operation):
        self.a, self.b, self.operation = data["a"], data["b"], operation

    @torch.inference_mode()
    def step(self):
        self.result = self.operation(self.a, self.b)

    def read(self):
        return probes(self.result)


def f(x, w, b):
    return ((x * w + b).tanh() * x).sum()


class Elementwise:
    def __init__(self, data):
        self.at = [data[name] for name in "xwb"]

    @torch.inference_mode()
    def step(self):
        self.value = f(*self.at).item()

    def read(self):
        return [self.value]


class Gradients:
    """The value of a function of arrays, and its gradients by them."""

    def __init__(self, data, names, f):
        self.at = [data[name].requires_grad_() for name in names]
        self.f = f

    def step(self):
        value = self.f(*self.at)
        self.gradients = torch.autograd.grad(value, self.at)
        self.value = value.item()

    def read(self):
        return [self.value] + [probe for gradient in self.gradients for probe in probes(gradient)]


class Training:
    """Full steps of training; `loss` takes the parameters by name."""

    def __init__(self, data, optimizer, loss):
        self.parameters = data.parameters()
        self.loss = loss
        rate = data.settings["rate"]
        try:
            self.optimizer = optimizer(self.parameters.values(), lr=rate, fused=True)
        except (TypeError, RuntimeError):
            # Before PyTorch 2.4, fused updates are for other devices.
            self.optimizer = optimizer(self.parameters.values(), lr=rate, foreach=True)

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.parameters)
        loss.backward()
        self.optimizer.step()
        self.value = loss.item()

    def read(self):
        return [self.value]


def dense(x, p, name):
    return F.linear(x, p["w" + name], p["b" + name])


def perceptron(x, p):
    """However many layers there are, with relu between them."""
    for i, name in enumerate(name[1:] for name in p if name.startswith("w")):
        x = dense(F.relu(x) if i > 0 else x, p, name)
    return x


def circles(data):
    x, y = data["x"], data["y"]
    return Training(data, torch.optim.SGD, lambda p: F.binary_cross_entropy_with_logits(perceptron(x, p), y))


def mlp(data):
    x, y = data["x"], data["y"].long()
    return Training(data, torch.optim.Adam, lambda p: F.cross_entropy(perceptron(x, p), y))


def cnn(data):
    x, y = data["x"], data["y"].long()

    def loss(p):
        maps = F.relu(F.conv2d(x, p["w1"], p["b1"]))
        maps = F.max_pool2d(F.relu(F.conv2d(maps, p["w2"], p["b2"])), 2)
        return F.cross_entropy(dense(F.relu(dense(maps.flatten(1), p, "3")), p, "4"), y)

    return Training(data, torch.optim.Adam, loss)


class Recurrent(Training):
    """nn.LSTM or nn.GRU; a second bias that the data do not have is held at 0."""

    def __init__(self, data, kind, last):
        x, y = data["x"], data["y"].long()
        rows, hidden = data["wh"].shape
        layer = kind(x.shape[-1], hidden)

        def loss(p):
            _, state = layer(x)
            return F.cross_entropy(dense(last(state), p, "o"), y)

        super().__init__(data, torch.optim.SGD, loss)
        p = self.parameters
        layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0 = p["wx"], p["wh"], p["bx"]
        layer.bias_hh_l0 = p.get("bh", nn.Parameter(torch.zeros(rows), requires_grad=False))


def attention(q, k, v):
    """What F.scaled_dot_product_attention does, for PyTorch before 2.0."""
    return F.softmax(q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1]), -1) @ v


attention = getattr(F, "scaled_dot_product_attention", attention)


def transformer(data):
    x, y = data["x"], data["y"]
    batch, length, width = x.shape
    heads, epsilon = data.settings["heads"], data.settings["epsilon"]

    def norm(x, p, name):
        return F.layer_norm(x, (width,), p["scale" + name], p["shift" + name], epsilon)

    def attend(x, p):
        q, k, v = (dense(x, p, name).view(batch, length, heads, -1).transpose(1, 2) for name in "qkv")
        mixed = attention(q, k, v)
        return dense(mixed.transpose(1, 2).reshape(batch, length, width), p, "o")

    def loss(p):
        attended = x + attend(norm(x, p, "1"), p)
        hidden = F.gelu(dense(norm(attended, p, "2"), p, "1"), approximate="tanh")
        return F.mse_loss(attended + dense(hidden, p, "2"), y)

    return Training(data, torch.optim.SGD, loss)


def batch_norm(data):
    y, epsilon = data["y"], data.settings["epsilon"]

    def loss(x, scale, shift):
        return F.mse_loss(F.batch_norm(x, None, None, scale, shift, training=True, eps=epsilon), y)

    return Gradients(data, ["x", "scale", "shift"], loss)


def attention_512(data):
    y = data["y"]
    return Gradients(data, "qkv", lambda q, k, v: F.mse_loss(attention(q, k, v), y))


def depthwise(data):
    y = data["y"]
    return Gradients(data, "xwb", lambda x, w, b: F.mse_loss(F.conv2d(x, w, b, groups=len(b)), y))


def embedding(data):
    x, y = data["x"], data["y"]
    return Training(data, torch.optim.SGD, lambda p: F.mse_loss(F.embedding(x, p["table"]), y))


class OfOne(Of):
    def __init__(self, data, operation):
        self.a, self.b, self.operation = data["a"], None, lambda a, _: operation(a)


def product(data):
    return Of(data, torch.matmul)


tasks = {
    "matmul-128": product,
    "matmul-256": product,
    "matmul-512": product,
    "matmul-1024": product,
    "matmul-at-512": lambda data: Of(data, lambda a, b: a.T @ b),
    "matmul-bt-512": lambda data: Of(data, lambda a, b: a @ b.T),
    "elementwise": Elementwise,
    "elementwise-gradients": lambda data: Gradients(data, "xwb", f),
    "circles": circles,
    "mlp": mlp,
    "cnn": cnn,
    "lstm": lambda data: Recurrent(data, nn.LSTM, lambda state: state[0][0]),
    "gru": lambda data: Recurrent(data, nn.GRU, lambda state: state[0]),
    "transformer": transformer,
    "batch-norm": batch_norm,
    "attention-512": attention_512,
    "depthwise": depthwise,
    "embedding": embedding,
    "sort": lambda data: OfOne(data, lambda a: a.sort(-1).values),
    "sort-million": lambda data: OfOne(data, lambda a: a.sort(-1).values),
    "topk": lambda data: OfOne(data, lambda a: a.topk(10).values),
    "add-1": lambda data: Of(data, torch.add),
}


def peak_bytes():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def run(task, samples, steps):
    milliseconds = []
    cpu = time.process_time()
    for _ in range(samples):
        start = time.perf_counter()
        for _ in range(steps):
            task.step()
        milliseconds.append((time.perf_counter() - start) * 1000 / steps)
    cpu = time.process_time() - cpu
    cpu_milliseconds = cpu * 1000 / (samples * steps)
    return {"milliseconds": milliseconds, "cpuMilliseconds": cpu_milliseconds, "peakBytes": peak_bytes()}


def verify(task):
    start = time.perf_counter()
    task.step()
    milliseconds = (time.perf_counter() - start) * 1000
    values = [value if math.isfinite(value) else None for value in task.read()]
    return {"values": values, "milliseconds": milliseconds}


def say(reply):
    print(json.dumps(reply), file=protocol, flush=True)


task = None
say({"version": f"PyTorch {torch.__version__}, Python {sys.version.split()[0]}"})
for line in sys.stdin:
    command = json.loads(line)
    name = command["command"]
    try:
        if name == "load":
            task = tasks[command["workload"]](Data(command["data"]))
            say({"loaded": True, "peakBytes": peak_bytes()})
        elif name == "verify":
            say(verify(task))
        elif name == "run":
            say(run(task, command["samples"], command["steps"]))
        else:
            say({"peakBytes": peak_bytes()})
            break
    except Exception as error:
        say({"error": repr(error)})
