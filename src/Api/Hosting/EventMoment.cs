using System.Text;
using LifelongApi.Contracts.Journal;
using LifelongApi.Learning.Features;
using LifelongApi.Learning.State;

namespace LifelongApi.Api.Hosting;

/// <summary>Whom an event of the journal is about and when it happened, as the fold sees it.</summary>
internal static class EventMoment
{
    private const int StackBytes = 256;

    /// <summary>Key of an entity; 0: none.</summary>
    public static ulong KeyOf(string? entity)
    {
        if (entity is null)
        {
            return 0;
        }

        var length = Encoding.UTF8.GetByteCount(entity);
        Span<byte> utf8 = length <= StackBytes ? stackalloc byte[StackBytes] : new byte[length];
        return FeatureHash.OfName(utf8[..Encoding.UTF8.GetBytes(entity, utf8)]);
    }

    /// <summary>The moment of an event.</summary>
    public static Moment MomentOf(this JournalEvent stored) =>
        new(KeyOf(stored.Entity), stored.Kind == EventKind.FedBack ? null : stored.OccurredAt, stored.ReceivedAt);

    /// <summary>The payload of an event with what its envelope says, for asking without the envelope.</summary>
    public static ReadOnlyMemory<byte> Question(this JournalEvent stored) =>
        PayloadBuilder.Stamp(stored.Payload, KeyOf(stored.Entity), stored.OccurredAt ?? stored.ReceivedAt);
}
