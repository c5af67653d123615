using LifelongApi.Learning.Entities;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Tests.Support;

/// <summary>What a store does for the entities of one model: every row that was ever stored, of which the newest at or before a position counts.</summary>
internal sealed class EntityShelf
{
    private readonly SortedDictionary<(ulong Entity, long Sequence), ReadOnlyMemory<byte>> _rows = [];

    /// <summary>Rows that are stored.</summary>
    public int Count => _rows.Count;

    public void Store(ModelImage image)
    {
        foreach (var row in image.Entities)
        {
            if (_rows.TryGetValue((row.Entity, row.Sequence), out var before))
            {
                // Whatever happened in between: the same events leave the same bytes.
                Assert.True(before.Span.SequenceEqual(row.Bytes.Span));
            }

            _rows[(row.Entity, row.Sequence)] = row.Bytes;
        }
    }

    public void Bring(Model model, Moment moment, long position)
    {
        if (model.Lacks(moment))
        {
            model.Archive!.Bring(moment.Entity, Newest(moment.Entity, position));
        }
    }

    public ReadOnlySpan<byte> Find(Model model, Moment moment, long position) => model.Lacks(moment) ? Newest(moment.Entity, position).Span : default;

    public EntityShelf Copy()
    {
        var copy = new EntityShelf();
        foreach (var (key, bytes) in _rows)
        {
            copy._rows.Add(key, bytes);
        }

        return copy;
    }

    private ReadOnlyMemory<byte> Newest(ulong entity, long position) =>
        _rows.LastOrDefault(row => row.Key.Entity == entity && row.Key.Sequence <= position).Value;
}
