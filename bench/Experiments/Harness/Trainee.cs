using System.Text;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.State;

namespace LifelongApi.Experiments.Harness;

/// <summary>A model with a journal of its own: it numbers the events it is given and folds them.</summary>
internal sealed class Trainee : IDisposable
{
    private readonly Model _model;
    private readonly PredictWorkspace _workspace;
    private readonly PayloadBuilder _builder = new();
    private readonly ulong[] _names;
    private long _sequence;
    private ulong _entity;

    /// <summary>Starts a model.</summary>
    /// <param name="spec">Its spec.</param>
    /// <param name="seed">Its seed.</param>
    /// <param name="featureNames">Names of the stream's features, for named input.</param>
    public Trainee(ModelSpec spec, ulong seed, params IReadOnlyList<string> featureNames)
    {
        _model = Model.Create(spec with { Seed = seed });
        _workspace = _model.CreateWorkspace();
        _names = [.. featureNames.Select(FeatureHash.OfName)];
    }

    /// <summary>What the last event did.</summary>
    public Outcome Outcome { get; } = new();

    /// <summary>The last answer of <see cref="Predict(ReadOnlySpan{float}, IReadOnlyCollection{string}?)"/>.</summary>
    public PredictionBuffer Prediction { get; } = new();

    public Model Model => _model;

    public long StateByteCount => _model.StateByteCount;

    /// <summary>Learns one example.</summary>
    /// <returns>Whether the prediction made before was right.</returns>
    public bool Learn(ReadOnlySpan<float> features, string label, float weight = 1f)
    {
        _builder.Clear();
        _builder.Dense(features);
        return Learn(label, weight);
    }

    /// <summary>Learns one example of which only some features are given.</summary>
    /// <returns>Whether the prediction made before was right.</returns>
    public bool Learn(ReadOnlySpan<int> indices, ReadOnlySpan<float> values, string label)
    {
        _builder.Clear();
        _builder.Sparse(indices, values);
        return Learn(label, 1f);
    }

    /// <summary>Learns one row of named features.</summary>
    /// <returns>Whether the prediction made before was right.</returns>
    public bool Learn(IReadOnlyList<object?> row, string label)
    {
        Write(row);
        return Learn(label, 1f);
    }

    /// <summary>Learns numbers from numbers.</summary>
    public void Learn(ReadOnlySpan<float> features, ReadOnlySpan<double> targets)
    {
        _builder.Clear();
        _builder.Dense(features);
        _builder.Target(targets);
        Apply(EventKind.Learned, 1f);
    }

    /// <summary>Learns one example of an entity.</summary>
    /// <returns>Whether the prediction made before was right.</returns>
    public bool Learn(ReadOnlySpan<float> features, string label, ulong entity)
    {
        _entity = entity;
        return Learn(features, label);
    }

    /// <summary>Learns numbers from numbers of an entity.</summary>
    public void Learn(ReadOnlySpan<float> features, ReadOnlySpan<double> targets, ulong entity)
    {
        _entity = entity;
        Learn(features, targets);
    }

    /// <summary>Sees one example without a target.</summary>
    public void Observe(ReadOnlySpan<float> features)
    {
        _builder.Clear();
        _builder.Dense(features);
        Apply(EventKind.Observed, 1f);
    }

    /// <summary>Sees one row of named features without a target.</summary>
    public void Observe(IReadOnlyList<object?> row)
    {
        Write(row);
        Apply(EventKind.Observed, 1f);
    }

    public void BeginTask() => Mark(EventKind.TaskBegan);

    public void EndTask() => Mark(EventKind.TaskEnded);

    /// <summary>One slice of sleep.</summary>
    public void Sleep() => Mark(EventKind.Slept);

    /// <summary>The label the model gives, among some if any are named; null before the first label.</summary>
    public string? Predict(ReadOnlySpan<float> features, IReadOnlyCollection<string>? among = null)
    {
        _builder.Clear();
        _builder.Dense(features);
        return Answer(among);
    }

    /// <summary>The label the model gives to named features; null before the first label.</summary>
    public string? Predict(IReadOnlyList<object?> row)
    {
        Write(row);
        return Answer(null);
    }

    public void Dispose()
    {
        _workspace.Dispose();
        _model.Dispose();
    }

    private bool Learn(string label, float weight)
    {
        _builder.Label(Encoding.UTF8.GetBytes(label));
        Apply(EventKind.Learned, weight);
        return Outcome.Prediction.Label >= 0 && Outcome.Prediction.Label == Outcome.TargetLabel;
    }

    private void Write(IReadOnlyList<object?> row)
    {
        _builder.Clear();
        _builder.BeginNamed();
        for (var i = 0; i < row.Count; i++)
        {
            switch (row[i])
            {
                case double number: _builder.Named(i, number); break;
                case string text: _builder.Named(i, Encoding.UTF8.GetBytes(text)); break;
                case null: break;
                case var other: throw new ArgumentException($"A feature is a number or a text, not a {other.GetType().Name}.");
            }
        }

        _builder.EndNamed();
    }

    private void Mark(EventKind kind) => _model.Apply(new EventInput { Kind = kind, Sequence = ++_sequence, Payload = default }, Outcome);

    private void Apply(EventKind kind, float weight) =>
        _model.Apply(new EventInput { Kind = kind, Sequence = ++_sequence, Weight = weight, Payload = _builder.Written.Span, Moment = new Moment(_entity, null, null), NameHashes = _names }, Outcome);

    private string? Answer(IReadOnlyCollection<string>? among)
    {
        _model.Predict(_builder.Written.Span, _names, _workspace, Prediction);
        if (among is null)
        {
            return Prediction.Label < 0 ? null : _model.Labels[Prediction.Label];
        }

        return Enumerable.Range(0, Prediction.Count).Where(id => among.Contains(_model.Labels[id]))
            .Select(id => ((int Id, float Score)?)(id, Prediction.Scores[id])).OrderByDescending(pair => pair!.Value.Score).FirstOrDefault() is var (best, _)
            ? _model.Labels[best] : null;
    }
}
