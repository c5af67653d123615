using System.Numerics;
using LifelongApi.Contracts.Journal;
using LifelongApi.Learning;
using LifelongApi.Learning.State;
using LifelongApi.Storage;
using LifelongApi.Storage.Versions;

namespace LifelongApi.Api.Hosting;

/// <summary>Cuts the versions of one model: snapshots that are asked for, and recovery points when replaying would take longer than its budget.</summary>
internal sealed class VersionKeeper(ILifelongStore store, HostedModel model, Func<long> epoch, TimeProvider time, ILogger logger) : IDisposable
{
    private const int PagesAtATime = 16;
    private readonly SemaphoreSlim _one = new(1, 1);
    private Position? _last;
    private long _spentTicks;

    /// <summary>Told of every version that was stored.</summary>
    public Action<VersionRecord> Saved { get; init; } = _ => { };

    /// <summary>Stores what a version refers to and events have not stored, after the state was captured and before the version is written.</summary>
    public Func<CancellationToken, Task> Preparing { get; init; } = _ => Task.CompletedTask;

    /// <summary>Time spent applying since the last version: about what a restart would spend again.</summary>
    public TimeSpan Spent => TimeSpan.FromTicks(Interlocked.Read(ref _spentTicks));

    /// <summary>Whether a recovery point is due: a restart would take too long, or what entities left behind takes too much memory.</summary>
    public bool IsDue(HostingOptions options) => Spent > options.ReplayBudget || model.UnstoredEntityByteCount > options.EntityByteBudget;

    /// <summary>Notes time spent applying.</summary>
    public void Spend(TimeSpan duration) => Interlocked.Add(ref _spentTicks, duration.Ticks);

    /// <summary>Number of the version that the present state was stored as or made from last; 0: none. Good enough where the store cannot be asked.</summary>
    public int LastNumber { get; private set; }

    /// <summary>Notes the version that the state was recovered from.</summary>
    public void Know(VersionRecord version) => (_last, LastNumber) = (new Position(version.Lineage, version.Sequence), version.Number);

    /// <summary>Notes the version that the state was taken back to. The new lineage has no version of its own yet.</summary>
    public void Restored(VersionRecord version) => (_last, LastNumber) = (null, version.Number);

    /// <summary>Stores a version of the present position. One at a time; the writer pauses for the copy only.</summary>
    /// <param name="cause">Why.</param>
    /// <param name="pinned">Whether it is kept until someone deletes it.</param>
    /// <param name="note">The caller's note.</param>
    /// <param name="cancellation">Stops the work.</param>
    public async Task<VersionRecord> SaveAsync(string cause, bool pinned, string? note, CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            return await StoreAsync(cause, pinned, note, cancellation);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>The version of the present position: the last one where nothing was learned since, else a new recovery point.</summary>
    public async Task<VersionRecord> PresentAsync(CancellationToken cancellation)
    {
        await _one.WaitAsync(cancellation);
        try
        {
            return _last == model.Position && await store.Versions.FindAsync(model.Record.Id, LastNumber, cancellation) is { } known
                ? known
                : await StoreAsync("recovery", pinned: false, note: null, cancellation);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Stores a recovery point unless the position has a version or another version is being stored.</summary>
    public async Task SaveRecoveryPointAsync(CancellationToken cancellation)
    {
        if (!await _one.WaitAsync(0, cancellation))
        {
            return;
        }

        try
        {
            if (_last == model.Position)
            {
                return;
            }

            var saved = await StoreAsync("recovery", pinned: false, note: null, cancellation);
            await ThinAsync(saved, cancellation);
            if (saved.Entities.Count > 0)
            {
                await store.Versions.PruneEntitiesAsync(model.Record.Id, [.. saved.Entities.Select(row => row.Entity)], cancellation);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task<VersionRecord> StoreAsync(string cause, bool pinned, string? note, CancellationToken cancellation)
    {
        var spent = Interlocked.Exchange(ref _spentTicks, 0);
        try
        {
            var capture = model.Capture();
            var pages = await PagesOfAsync(capture.Image);
            var hash = capture.Image.StateHash();
            var version = new NewVersion
            {
                ModelId = model.Record.Id,
                Lineage = capture.Position.Lineage,
                Sequence = capture.Position.Sequence,
                StateHash = hash,
                Manifest = capture.Image.Manifest,
                Statistics = capture.Statistics,
                Engine = Engine.Version,
                Pinned = pinned,
                Cause = cause,
                Note = note,
                CreatedAt = time.Microseconds(),
                Entities = [.. capture.Image.Entities.Select(row => new StoredEntity(row.Entity, row.Sequence, row.Bytes))],
            };
            await Preparing(cancellation);
            var saved = await store.Versions.SaveAsync(version, pages, epoch(), cancellation);
            model.Remember(capture.Position, hash);
            model.Stored(capture);
            (_last, LastNumber) = (capture.Position, saved.Number);
            Saved(saved);
            logger.VersionStored(model.Record.Name, saved.Number, capture.Position.ToString(), cause, saved.NewByteCount);
            return saved with { Entities = version.Entities };
        }
        catch
        {
            Interlocked.Add(ref _spentTicks, spent);
            throw;
        }
    }

    /// <summary>The pages and their hashes, a few at a time: learning does not wait for all of them where it has to share a thread.</summary>
    private static async Task<PageContent[]> PagesOfAsync(ModelImage image)
    {
        var pages = new PageContent[image.PageCount];
        for (var i = 0; i < pages.Length; i++)
        {
            pages[i] = new PageContent(image.PageHash(i), image.Page(i));
            if (i % PagesAtATime == PagesAtATime - 1)
            {
                await Task.Yield();
            }
        }

        return pages;
    }

    private async Task ThinAsync(VersionRecord newest, CancellationToken cancellation)
    {
        var versions = await store.Versions.ListAsync(model.Record.Id, null, 10_000, cancellation);
        foreach (var surplus in VersionThinning.Choose(versions, newest))
        {
            await store.Versions.DeleteAsync(surplus.Id, cancellation);
        }
    }
}

/// <summary>Which recovery points are no longer needed: the newest three stay, and of the older ones the oldest of every doubling of the distance.</summary>
internal static class VersionThinning
{
    private const int NewestKept = 3;

    /// <summary>The versions to delete.</summary>
    /// <param name="versions">All versions of a model.</param>
    /// <param name="newest">The version that was stored last.</param>
    public static IReadOnlyList<VersionRecord> Choose(IReadOnlyList<VersionRecord> versions, VersionRecord newest)
    {
        var seen = new HashSet<(int Lineage, int Distance)>();
        return
        [
            .. versions
                .Where(version => !version.Pinned && version.Cause == "recovery")
                .OrderByDescending(version => version.Number)
                .Skip(NewestKept)
                .OrderBy(version => version.Number)
                .Where(version => !seen.Add((version.Lineage, BitOperations.Log2((ulong)Math.Max(1, newest.Sequence - version.Sequence))))),
        ];
    }
}

/// <summary>Times as the store keeps them.</summary>
internal static class Clock
{
    /// <summary>Now in microseconds since 1970-01-01 UTC.</summary>
    public static long Microseconds(this TimeProvider time) => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>Microseconds since 1970-01-01 UTC as a time.</summary>
    public static DateTimeOffset ToTime(long microseconds) => DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
