using LifelongApi.Storage;
using LifelongApi.Storage.Probes;

namespace LifelongApi.Api.Hosting;

/// <summary>Probe sets: not events, but what they are written with is the stream's.</summary>
internal sealed partial class StreamHost
{
    /// <summary>Stores a probe set, and before it the feature names that its rows refer to.</summary>
    /// <returns>What was stored; null where the stream has as many as it may have.</returns>
    public async Task<ProbeRecord?> SaveProbeAsync(NewProbe probe)
    {
        ProbeRecord? saved = null;
        StoreUnavailableException? away = null;
        await RunExclusiveAsync(async cancellation =>
        {
            try
            {
                await AppendAsync([], cancellation, alwaysNames: true);
                saved = await _context.Store.Probes.SaveAsync(probe, _context.Options.ProbeCount, cancellation);
            }
            catch (StoreUnavailableException reason)
            {
                // Names that may or may not be stored are stored again with the next event: no reason to open the stream anew.
                away = reason;
            }
        });
        return away is null ? saved : throw away;
    }
}
