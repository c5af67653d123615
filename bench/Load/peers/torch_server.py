"""FastAPI and PyTorch: 784-256-10 that takes one step of SGD for each request, in memory, on one thread. Usage: torch_server.py PORT."""

import sys

import torch
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Example(BaseModel):
    features: list[float]
    label: str | None = None


torch.set_num_threads(1)
app = FastAPI()
model = torch.nn.Sequential(torch.nn.Linear(784, 256), torch.nn.ReLU(), torch.nn.Linear(256, 10))
optimiser = torch.optim.SGD(model.parameters(), lr=0.001)


@app.get("/livez")
async def livez():
    return {}


@app.post("/predict")
async def predict(example: Example):
    with torch.no_grad():
        return {"probabilities": torch.softmax(model(torch.tensor(example.features)), 0).tolist()}


@app.post("/learn")
async def learn(example: Example):
    """Answers with the prediction made before learning, as the service does."""
    optimiser.zero_grad()
    output = model(torch.tensor(example.features))
    loss = torch.nn.functional.cross_entropy(output, torch.tensor(int(example.label)))
    loss.backward()
    optimiser.step()
    return {"status": "learned", "probabilities": torch.softmax(output.detach(), 0).tolist(), "loss": loss.item()}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
