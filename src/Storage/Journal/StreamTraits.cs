using System.Collections.Concurrent;
using LifelongApi.Storage.Connections;
using Microsoft.EntityFrameworkCore;

namespace LifelongApi.Storage.Journal;

/// <summary>What never changes about a stream.</summary>
/// <param name="BaseSequence">Events up to here belong to the parent.</param>
/// <param name="ParentStreamId">The stream it was forked from, or null.</param>
/// <param name="Salt">Key of the hashes of subject names.</param>
/// <param name="IdScheme">How ids of its events become keys.</param>
internal sealed record StreamTraits(long BaseSequence, long? ParentStreamId, byte[] Salt, EventIdScheme IdScheme);

/// <summary>Traits of streams, read once.</summary>
internal sealed class StreamTraitsCache(LifelongDatabase database)
{
    private readonly ConcurrentDictionary<long, StreamTraits> _known = new();

    /// <summary>The traits of a stream; null where there is none.</summary>
    public async ValueTask<StreamTraits?> FindAsync(long streamId, CancellationToken cancellation)
    {
        if (_known.TryGetValue(streamId, out var traits))
        {
            return traits;
        }

        await using var context = database.CreateContext();
        traits = await context.Streams.Where(stream => stream.Id == streamId)
            .Select(stream => new StreamTraits(stream.BaseSequence, stream.ParentStreamId, stream.Salt, stream.IdScheme))
            .SingleOrDefaultAsync(cancellation).ConfigureAwait(false);
        return traits is null ? null : _known.GetOrAdd(streamId, traits);
    }
}
