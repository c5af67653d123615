"""FastAPI and River: a logistic regression that learns one event for each request, in memory. Usage: river_server.py PORT."""

import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from river import linear_model, optim, preprocessing


class Example(BaseModel):
    features: list[float]
    label: str | None = None


app = FastAPI()
model = preprocessing.StandardScaler() | linear_model.LogisticRegression(optimizer=optim.SGD(0.05))


@app.get("/livez")
async def livez():
    return {}


@app.post("/predict")
async def predict(example: Example):
    return {"probability": model.predict_proba_one(dict(enumerate(example.features))).get(True, 0.5)}


@app.post("/learn")
async def learn(example: Example):
    """Answers with the prediction made before learning, as the service does."""
    features = dict(enumerate(example.features))
    probability = model.predict_proba_one(features).get(True, 0.5)
    model.learn_one(features, example.label == "1")
    return {"status": "learned", "probability": probability}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
