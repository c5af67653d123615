using LifelongApi.Contracts.Journal;
using LifelongApi.Contracts.Learning;
using LifelongApi.Contracts.Models;
using LifelongApi.Contracts.Models.Parts;
using LifelongApi.Contracts.Problems;
using LifelongApi.Learning;
using LifelongApi.Learning.Evaluation;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.State;
using LifelongApi.Storage.Models;

namespace LifelongApi.Api.Hosting;

/// <summary>
/// A model in memory: its state, where it stands and how it does, behind one <see cref="ReadGate"/>. The stream's applier is the only writer;
/// predicts, metrics and captures read side by side and wait for at most one event.
/// </summary>
internal sealed partial class HostedModel : IDisposable
{
    private readonly ReadGate _gate = new();
    private readonly Outcome _outcome = new();
    private readonly FoldEvent _fold;
    private readonly StoredEntities _entities;
    private ModelState _state;
    private string[] _labels = [];
    private HashAt? _knownHash;
    private bool _isBroken;

    /// <summary>Takes over a model that was opened or created.</summary>
    public HostedModel(ModelRecord record, ModelSpec spec, ModelState state, Ancestry ancestry, RecentOutcomes outcomes, FoldEvent fold, StoredEntities entities)
    {
        Record = record;
        Spec = spec;
        _state = state;
        Ancestry = ancestry;
        Outcomes = outcomes;
        FencedReason = record.FencedReason;
        _fold = fold;
        _entities = entities;
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

    /// <summary>Whether an event failed half-way, so that the state is neither before nor after it. Nothing reads such a state; <see cref="Replace"/> mends it.</summary>
    public bool IsBroken => Volatile.Read(ref _isBroken);

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
    /// <exception cref="FoldException">It failed in a way that the core does not answer for: the model is broken.</exception>
    public Outcome Apply(JournalEvent applied, ReadOnlySpan<ulong> nameHashes)
    {
        _gate.EnterWrite();
        try
        {
            Fold(applied, nameHashes);
            _state.Statistics.Update(_outcome, applied.Task, applied.Kind is EventKind.Learned or EventKind.Observed or EventKind.FedBack);
            NoteDelay(applied);
            _state.Statistics.Drift.Update(_outcome, applied.Sequence);
            _state.Position = _state.Position with { Sequence = applied.Sequence };
            if (_state.Model.Labels.Count != _labels.Length)
            {
                RefreshLabels();
            }
        }
        catch (Exception reason)
        {
            Volatile.Write(ref _isBroken, true);
            throw new FoldException(applied.Sequence, reason);
        }
        finally
        {
            _gate.ExitWrite();
        }

        return _outcome;
    }

    /// <summary>Notes that the state is not to be trusted.</summary>
    public void Break() => Volatile.Write(ref _isBroken, true);

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
            Whole.Predict(payload, nameHashes, prediction);
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
                Whole.Predict(payloads[i].Span, nameHashes, predictions[i]);
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
            return new Capture(Whole.Model.Capture(), _state.Position, _state.Statistics.Write(), _state.Model.Archive);
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

    /// <summary>The statistics as the wire shows them. Ranking a window takes longer than an event may wait, so the writer waits for a copy only.</summary>
    public ModelMetrics Metrics()
    {
        var levels = new Dictionary<string, float>();
        byte[] written;
        Position position;
        string[] labels;
        IReadOnlyList<string> modulators;
        AnomalyMetrics? anomalies;
        _gate.EnterRead();
        try
        {
            var model = Whole.Model;
            modulators = model.Modulators;
            for (var i = 0; i < modulators.Count; i++)
            {
                levels[modulators[i]] = model.ModulatorLevels[i];
            }

            anomalies = model.Anomalies;
            (written, position, labels) = (_state.Statistics.Write(), _state.Position, _labels);
        }
        finally
        {
            _gate.ExitRead();
        }

        var statistics = Prequential.Read(written);
        return statistics.Summarise(position.ToString(), labels, levels) with
        {
            Anomalies = anomalies,
            Drift = Spec.Network.Modulators.Any(modulator => modulator is DriftModulatorSpec) ? statistics.Drift.Summarise(modulators) : null,
        };
    }

    /// <summary>Remembered predictions whose window has passed at a time, oldest first; none where the spec names no window.</summary>
    /// <param name="now">Microseconds since 1970-01-01 UTC.</param>
    /// <param name="limit">Most to answer.</param>
    public IReadOnlyList<long> DuePredictions(long now, int limit)
    {
        if (Spec.Feedback is not { } feedback)
        {
            return [];
        }

        _gate.EnterRead();
        try
        {
            var receivedBefore = feedback.WindowSeconds is { } seconds ? now - (long)(seconds * 1e6) : long.MinValue;
            var delay = _state.Statistics.Delay;
            var exampleBefore = feedback.WindowEvents is { } events ? delay.Examples - events : 0;
            return _isBroken ? [] : delay.Due(receivedBefore, exampleBefore, feedback.MaxPending, limit);
        }
        finally
        {
            _gate.ExitRead();
        }
    }

    /// <summary>Takes another state: a restore, or what replaces a broken one.</summary>
    public void Replace(ModelState state, Ancestry ancestry)
    {
        ModelState old;
        _gate.EnterWrite();
        try
        {
            old = _state;
            _state = state;
            _isBroken = false;
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

    private ModelState Whole => _isBroken
        ? throw new ProblemException(503, ProblemTypes.Unavailable, "Unavailable", $"Model '{Record.Name}' is being brought back to its last good state; try again.") { RetryAfter = TimeSpan.FromSeconds(1) }
        : _state;

    private void Fold(JournalEvent applied, ReadOnlySpan<ulong> nameHashes)
    {
        var input = new EventInput
        {
            Kind = applied.Kind,
            Sequence = applied.Sequence,
            Weight = applied.Weight,
            Moment = applied.MomentOf(),
            Payload = applied.Payload.Span,
            NameHashes = nameHashes,
        };
        try
        {
            _fold(_state.Model, input, _outcome);
        }
        catch (InvalidDataException reason)
        {
            // The same in every replay: the state did not change (docs/journal.md 9).
            _outcome.Status = LearnStatus.Skipped;
            _outcome.Reason = reason.Message;
            _outcome.IsScored = false;
            _outcome.Consolidated = false;
            _outcome.HasDrift = false;
            _outcome.IsAbstained = false;
            _outcome.Balance = 1f;
            _outcome.TargetLabel = -1;
            _outcome.TargetCount = 0;
        }
    }

    // An answer that the model skipped was an answer all the same: it must not stay due.
    private void NoteDelay(JournalEvent applied)
    {
        var delay = _state.Statistics.Delay;
        if (applied.Kind is EventKind.Learned or EventKind.Observed or EventKind.Predicted)
        {
            delay.Hear();
        }

        if (applied.Kind == EventKind.Predicted)
        {
            delay.Remember(applied.Sequence, applied.ReceivedAt, Spec.Feedback is not null);
        }
        else if (applied.Kind == EventKind.FedBack && !applied.Payload.IsEmpty)
        {
            var payload = PayloadReader.Read(applied.Payload.Span);
            if (payload.Feedback is { } reference)
            {
                delay.Answer(reference, payload.Target is not null, applied.OccurredAt ?? applied.ReceivedAt);
            }
        }
    }

    private void RefreshLabels() => Volatile.Write(ref _labels, [.. _state.Model.Labels]);
}
