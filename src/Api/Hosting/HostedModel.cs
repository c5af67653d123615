using System.Collections.Concurrent;
using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Learning;
using LifelongApi.Learning.Evaluation;
using LifelongApi.Learning.State;
using LifelongApi.Storage.Models;

namespace LifelongApi.Api.Hosting;

/// <summary>A state, copied out at a position.</summary>
/// <param name="Image">The state.</param>
/// <param name="Position">Position it belongs to.</param>
/// <param name="Statistics">Prequential statistics at the position.</param>
internal sealed record Capture(ModelImage Image, Position Position, byte[] Statistics);

/// <summary>
/// A model in memory: its state, where it stands and how it does, behind one <see cref="ReadGate"/>. The stream's applier is the only writer;
/// predicts, metrics and captures read side by side and wait for at most one event.
/// </summary>
internal sealed class HostedModel : IDisposable
{
    private readonly ReadGate _gate = new();
    private readonly Outcome _outcome = new();
    private ModelState _state;
    private string[] _labels = [];
    private HashAt? _knownHash;

    /// <summary>Takes over a model that was opened or created.</summary>
    public HostedModel(ModelRecord record, ModelSpec spec, ModelState state, Ancestry ancestry, RecentOutcomes outcomes)
    {
        Record = record;
        Spec = spec;
        _state = state;
        Ancestry = ancestry;
        Outcomes = outcomes;
        FencedReason = record.FencedReason;
        RefreshLabels();
    }

    /// <summary>Its row.</summary>
    public ModelRecord Record { get; }

    /// <summary>Its expanded spec.</summary>
    public ModelSpec Spec { get; }

    /// <summary>Whether it answers with classes.</summary>
    public bool IsClassifier => Spec.Target.Kind == TargetKind.Label;

    /// <summary>Lineages that its state is made of. Changes with a restore.</summary>
    public Ancestry Ancestry { get; private set; }

    /// <summary>Outcomes of late.</summary>
    public RecentOutcomes Outcomes { get; }

    /// <summary>Why it may not learn, or null.</summary>
    public string? FencedReason { get; set; }

    /// <summary>Class names by id. Replaced when one is added.</summary>
    public IReadOnlyList<string> Labels => Volatile.Read(ref _labels);

    /// <summary>Where it stands.</summary>
    public Position Position
    {
        get
        {
            _gate.EnterRead();
            try
            {
                return _state.Position;
            }
            finally
            {
                _gate.ExitRead();
            }
        }
    }

    /// <summary>Where it stands, for the writer.</summary>
    internal Position WriterPosition => _state.Position;

    /// <summary>The model, for the writer.</summary>
    internal Model WriterModel => _state.Model;

    /// <summary>Bytes of learned state.</summary>
    public long StateByteCount => _state.Model.StateByteCount;

    /// <summary>Names of the plastic projections.</summary>
    public IReadOnlyList<string> PlasticProjections => _state.Model.PlasticProjections;

    /// <summary>Names of the modulators.</summary>
    public IReadOnlyList<string> Modulators => _state.Model.Modulators;

    /// <summary>Folds one event in. The writer calls it.</summary>
    /// <returns>What it did, valid until the next call.</returns>
    public Outcome Apply(JournalEvent applied, ReadOnlySpan<ulong> nameHashes)
    {
        _gate.EnterWrite();
        try
        {
            Fold(applied, nameHashes);
            _state.Statistics.Update(_outcome, applied.Task, applied.Kind is EventKind.Learned or EventKind.Observed);
            _state.Position = _state.Position with { Sequence = applied.Sequence };
            if (_state.Model.Labels.Count != _labels.Length)
            {
                RefreshLabels();
            }
        }
        finally
        {
            _gate.ExitWrite();
        }

        return _outcome;
    }

    /// <summary>Passes over an event that is not the model's. The writer calls it.</summary>
    public void Skip(long sequence)
    {
        _gate.EnterWrite();
        _state.Position = _state.Position with { Sequence = sequence };
        _gate.ExitWrite();
    }

    /// <summary>Answers for one set of features.</summary>
    public Position Predict(ReadOnlySpan<byte> payload, ReadOnlySpan<ulong> nameHashes, PredictionBuffer prediction)
    {
        _gate.EnterRead();
        try
        {
            _state.Predict(payload, nameHashes, prediction);
            return _state.Position;
        }
        finally
        {
            _gate.ExitRead();
        }
    }

    /// <summary>Answers for many sets of features from one position.</summary>
    public Position Predict(IReadOnlyList<ReadOnlyMemory<byte>> payloads, ReadOnlySpan<ulong> nameHashes, IReadOnlyList<PredictionBuffer> predictions)
    {
        _gate.EnterRead();
        try
        {
            for (var i = 0; i < payloads.Count; i++)
            {
                _state.Predict(payloads[i].Span, nameHashes, predictions[i]);
            }

            return _state.Position;
        }
        finally
        {
            _gate.ExitRead();
        }
    }

    /// <summary>Copies the state out. Pauses the writer for the copy.</summary>
    public Capture Capture()
    {
        _gate.EnterRead();
        try
        {
            return new Capture(_state.Model.Capture(), _state.Position, _state.Statistics.Write());
        }
        finally
        {
            _gate.ExitRead();
        }
    }

    /// <summary>Position and hash of the whole state there; remembered until the next event.</summary>
    public HashAt StateHash()
    {
        if (_knownHash is { } known && known.Position == Position)
        {
            return known;
        }

        var capture = Capture();
        return Remember(capture.Position, capture.Image.StateHash());
    }

    /// <summary>Notes the hash of a position.</summary>
    public HashAt Remember(Position position, ReadOnlySpan<byte> hash)
    {
        var known = new HashAt(position, StateHashText.Of(hash));
        _knownHash = known;
        return known;
    }

    /// <summary>The statistics as the wire shows them.</summary>
    public ModelMetrics Metrics()
    {
        _gate.EnterRead();
        try
        {
            var levels = new Dictionary<string, float>();
            for (var i = 0; i < _state.Model.Modulators.Count; i++)
            {
                levels[_state.Model.Modulators[i]] = _state.Model.ModulatorLevels[i];
            }

            return _state.Statistics.Summarise(_state.Position.ToString(), _labels, levels);
        }
        finally
        {
            _gate.ExitRead();
        }
    }

    /// <summary>Takes another state: a restore.</summary>
    public void Replace(ModelState state, Ancestry ancestry)
    {
        ModelState old;
        _gate.EnterWrite();
        try
        {
            old = _state;
            _state = state;
            Ancestry = ancestry;
            RefreshLabels();
            _knownHash = null;
        }
        finally
        {
            _gate.ExitWrite();
        }

        old.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => _state.Dispose();

    private void Fold(JournalEvent applied, ReadOnlySpan<ulong> nameHashes)
    {
        var input = new EventInput
        {
            Kind = applied.Kind,
            Sequence = applied.Sequence,
            Weight = applied.Weight,
            Payload = applied.Payload.Span,
            NameHashes = nameHashes,
        };
        try
        {
            _state.Model.Apply(input, _outcome);
        }
        catch (InvalidDataException reason)
        {
            // The same in every replay: the state did not change (docs/journal.md 9).
            _outcome.Status = LearnStatus.Skipped;
            _outcome.Reason = reason.Message;
            _outcome.IsScored = false;
            _outcome.Consolidated = false;
            _outcome.TargetLabel = -1;
            _outcome.TargetCount = 0;
        }
    }

    private void RefreshLabels() => Volatile.Write(ref _labels, [.. _state.Model.Labels]);
}

/// <summary>A model with what belongs to it alone: position, statistics and workspaces of its readers.</summary>
internal sealed class ModelState(Model model, Position position, Prequential statistics) : IDisposable
{
    private readonly ConcurrentBag<PredictWorkspace> _idle = [];

    /// <summary>The model.</summary>
    public Model Model { get; } = model;

    /// <summary>Its statistics.</summary>
    public Prequential Statistics { get; } = statistics;

    /// <summary>Where it stands.</summary>
    public Position Position { get; set; } = position;

    /// <summary>Answers with a workspace that nobody else uses now.</summary>
    public void Predict(ReadOnlySpan<byte> payload, ReadOnlySpan<ulong> nameHashes, PredictionBuffer prediction)
    {
        var workspace = _idle.TryTake(out var idle) ? idle : Model.CreateWorkspace();
        try
        {
            Model.Predict(payload, nameHashes, workspace, prediction);
        }
        finally
        {
            _idle.Add(workspace);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        while (_idle.TryTake(out var workspace))
        {
            workspace.Dispose();
        }

        Model.Dispose();
    }
}

/// <summary>The hash of a state at a position.</summary>
internal sealed record HashAt(Position Position, string Hash);

/// <summary>The written form of a state hash.</summary>
internal static class StateHashText
{
    /// <summary><c>sha256:</c> and 64 hexadecimal digits.</summary>
    public static string Of(ReadOnlySpan<byte> hash) => "sha256:" + Convert.ToHexStringLower(hash);
}
