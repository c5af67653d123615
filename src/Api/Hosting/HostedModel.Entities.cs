using LifelongApi.Contracts.Journal;
using LifelongApi.Learning;
using LifelongApi.Learning.Entities;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.State;

namespace LifelongApi.Api.Hosting;

/// <summary>
/// Entities beyond the capacity of the state: their rows are written with the versions and read back before the events that need them, so that the fold itself never waits for the store.
/// </summary>
internal sealed partial class HostedModel
{
    private Capture? _stored;

    /// <summary>Bytes of what entities left behind and no version holds.</summary>
    public long UnstoredEntityByteCount => Volatile.Read(ref _stored) is null ? _state.Model.Archive?.ByteCount ?? 0 : 0;

    /// <summary>Notes that a capture is stored. What it held of entities is let go before the next events: in the middle of a batch they may be needed still.</summary>
    public void Stored(Capture capture) => Volatile.Write(ref _stored, capture.Image.Entities.Count > 0 ? capture : null);

    /// <summary>Whether an event needs a row that <see cref="BringAsync"/> has not brought. For the writer.</summary>
    public bool Lacks(JournalEvent coming) => _state.Model.Lacks(coming.MomentOf());

    /// <summary>Reads the rows of the entities that events to come are about. The writer calls it.</summary>
    public async ValueTask BringAsync(IEnumerable<JournalEvent> coming, CancellationToken cancellation)
    {
        if (_state.Model.Archive is not { } archive)
        {
            return;
        }

        LetGo(archive);
        var missing = coming.Select(one => one.MomentOf()).Where(moment => _state.Model.Lacks(moment)).Select(moment => moment.Entity).ToHashSet();
        if (missing.Count == 0)
        {
            return;
        }

        var rows = await _entities.FindAsync(Ancestry, _state.Position.Sequence, missing, cancellation);
        _gate.EnterWrite();
        try
        {
            foreach (var entity in missing)
            {
                archive.Bring(entity, rows.GetValueOrDefault(entity));
            }
        }
        finally
        {
            _gate.ExitWrite();
        }
    }

    /// <summary>Answers for one set of features, with what the store has of its entity. Learning never waits for the store meanwhile.</summary>
    public ValueTask<Position> PredictAsync(ReadOnlyMemory<byte> payload, FeatureDictionary names, PredictionBuffer prediction, CancellationToken cancellation) =>
        Spec.Entities is null ? new(Predict(payload.Span, names.Hashes, prediction)) : AskAsync([payload], names, [prediction], cancellation);

    /// <summary>The same for many, from one position.</summary>
    public ValueTask<Position> PredictAsync(IReadOnlyList<ReadOnlyMemory<byte>> payloads, FeatureDictionary names, IReadOnlyList<PredictionBuffer> predictions, CancellationToken cancellation) =>
        Spec.Entities is null ? new(Predict(payloads, names.Hashes, predictions)) : AskAsync(payloads, names, predictions, cancellation);

    /// <summary>A copy of the present state for one set of features, with what the store has of its entity.</summary>
    public async ValueTask<(Model Model, Position Position)> CopyAsync(ReadOnlyMemory<byte> payload, CancellationToken cancellation)
    {
        var ancestry = Ancestry;
        var capture = Capture();
        var copy = Model.Open(Spec, capture.Image);
        try
        {
            var moment = PayloadReader.Read(payload.Span).Moment;
            if (copy.Lacks(moment))
            {
                var rows = await _entities.FindAsync(ancestry, capture.Position.Sequence, [moment.Entity], cancellation);
                copy.Archive!.Bring(moment.Entity, rows.GetValueOrDefault(moment.Entity));
            }

            return (copy, capture.Position);
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    private async ValueTask<Position> AskAsync(IReadOnlyList<ReadOnlyMemory<byte>> payloads, FeatureDictionary names, IReadOnlyList<PredictionBuffer> predictions, CancellationToken cancellation)
    {
        while (true)
        {
            var missing = Missing(payloads);
            var rows = missing.Entities.Count == 0 ? new Dictionary<ulong, ReadOnlyMemory<byte>>() : await _entities.FindAsync(missing.Ancestry, missing.Last, missing.Entities, cancellation);
            if (TryAnswer(payloads, names.Hashes, predictions, missing, rows) is { } position)
            {
                return position;
            }
        }
    }

    private MissingRows Missing(IReadOnlyList<ReadOnlyMemory<byte>> payloads)
    {
        _gate.EnterRead();
        try
        {
            var model = Whole.Model;
            var missing = payloads.Select(payload => PayloadReader.Read(payload.Span).Moment).Where(moment => model.Lacks(moment)).Select(moment => moment.Entity).ToHashSet();
            return new MissingRows(missing, model, model.Archive!.Generation, Ancestry, _state.Position.Sequence);
        }
        finally
        {
            _gate.ExitRead();
        }
    }

    /// <returns>Null where rows went to the store since they were looked for, so that what was found may be too old.</returns>
    private Position? TryAnswer(
        IReadOnlyList<ReadOnlyMemory<byte>> payloads, ReadOnlySpan<ulong> nameHashes, IReadOnlyList<PredictionBuffer> predictions, MissingRows missing, IReadOnlyDictionary<ulong, ReadOnlyMemory<byte>> rows)
    {
        _gate.EnterRead();
        try
        {
            var isSame = ReferenceEquals(Whole.Model, missing.Model) && missing.Model.Archive!.Generation == missing.Generation;
            for (var i = 0; i < payloads.Count; i++)
            {
                var moment = PayloadReader.Read(payloads[i].Span).Moment;
                var isAway = Whole.Model.Lacks(moment);
                if (isAway && !isSame)
                {
                    return null;
                }

                Whole.Predict(payloads[i].Span, nameHashes, predictions[i], isAway ? rows.GetValueOrDefault(moment.Entity).Span : default);
            }

            return _state.Position;
        }
        finally
        {
            _gate.ExitRead();
        }
    }

    private void LetGo(EntityArchive archive)
    {
        _gate.EnterWrite();
        try
        {
            _state.Model.LetGo(Interlocked.Exchange(ref _stored, null) is { } stored && ReferenceEquals(stored.Archive, archive) ? stored.Position.Sequence : 0);
        }
        finally
        {
            _gate.ExitWrite();
        }
    }

    private readonly record struct MissingRows(HashSet<ulong> Entities, Model Model, int Generation, Ancestry Ancestry, long Last);
}
