"""The same network by PyTorch, one example at a time: Sequential, cross entropy, SGD; with --ewc also the penalty by autograd and the running squares of the gradient.

    python3 torch_steps.py network|network-ewc WORKLOAD SECONDS
"""
import struct
import sys
import time

import torch


def read(path):
    with open(path, "rb") as file:
        data = file.read()
    inputs, hidden, outputs, count, rate, strength = struct.unpack_from("<4i2f", data)
    at = 24

    def floats(rows, columns):
        nonlocal at
        part = torch.frombuffer(bytearray(data[at:at + 4 * rows * columns]), dtype=torch.float32).reshape(rows, columns)
        at += 4 * rows * columns
        return part

    first, second = floats(inputs + 1, hidden), floats(hidden + 1, outputs)
    examples = floats(count, inputs)
    labels = torch.frombuffer(bytearray(data[at:at + 4 * count]), dtype=torch.int32).long()
    return first, second, examples, labels, rate, strength


def main():
    case, path, budget = sys.argv[1], sys.argv[2], float(sys.argv[3])
    torch.set_num_threads(1)
    first, second, examples, labels, rate, strength = read(path)
    network = torch.nn.Sequential(torch.nn.Linear(first.shape[0] - 1, first.shape[1]), torch.nn.ReLU(), torch.nn.Linear(first.shape[1], second.shape[1]))
    with torch.no_grad():
        network[0].weight.copy_(first[:-1].T)
        network[0].bias.copy_(first[-1])
        network[2].weight.copy_(second[:-1].T)
        network[2].bias.copy_(second[-1])
    weights = list(network.parameters())
    anchors = [w.detach().clone() for w in weights]
    importance = [torch.full_like(w, 1e-4) for w in weights]
    squares = [torch.zeros_like(w) for w in weights]
    optimiser = torch.optim.SGD(weights, lr=rate)
    criterion = torch.nn.CrossEntropyLoss()
    examples, labels = [x.unsqueeze(0) for x in examples], [y.unsqueeze(0) for y in labels]

    def step(index):
        optimiser.zero_grad()
        loss = criterion(network(examples[index]), labels[index])
        if case == "network-ewc":
            loss.backward(retain_graph=False)
            with torch.no_grad():
                for square, weight in zip(squares, weights):
                    square.addcmul_(weight.grad, weight.grad)
            penalty = sum((f * (w - a) ** 2).sum() for f, w, a in zip(importance, weights, anchors)) * (strength / 2)
            penalty.backward()
        else:
            loss.backward()
        optimiser.step()
        return loss.item()

    count = len(labels)
    mean = sum(step(i) for i in range(min(count, 200))) / min(count, 200)
    events, start = 0, time.process_time()
    while time.process_time() - start < budget:
        for _ in range(20):
            step(events % count)
            events += 1
    print(f"{case} per_second {events / (time.process_time() - start):.6g} loss {mean:.9g}")


main()
