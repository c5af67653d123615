using LifelongApi.Storage.Journal;
using LifelongApi.Storage.Models;

namespace LifelongApi.Api.Hosting;

/// <summary>Which events made a state: the chain of a model's lineages from the first to one of them (docs/journal.md 3).</summary>
internal sealed class Ancestry
{
    private readonly List<Link> _links = [];

    private Ancestry()
    {
    }

    /// <summary>One lineage of the chain.</summary>
    /// <param name="Lineage">The lineage.</param>
    /// <param name="Last">Its last live sequence; <see cref="long.MaxValue"/> for the present one.</param>
    public readonly record struct Link(LineageRecord Lineage, long Last);

    /// <summary>The chain, oldest first.</summary>
    public IReadOnlyList<Link> Links => _links;

    /// <summary>Numbers of the lineages of the chain.</summary>
    public IReadOnlyList<int> Numbers => [.. _links.Select(link => link.Lineage.Number)];

    /// <summary>The chain that ends with a lineage at a sequence.</summary>
    /// <param name="lineages">All lineages of the model.</param>
    /// <param name="number">Lineage to end with.</param>
    /// <param name="last">Its last sequence.</param>
    public static Ancestry Of(IReadOnlyList<LineageRecord> lineages, int number, long last = long.MaxValue)
    {
        var ancestry = new Ancestry();
        int? next = number;
        while (next is { } current)
        {
            var lineage = lineages.First(candidate => candidate.Number == current);
            ancestry._links.Insert(0, new Link(lineage, last));
            last = lineage.ParentSequence;
            next = lineage.Parent;
        }

        return ancestry;
    }

    /// <summary>Ranges of the live events, ascending. A fork's first range are the ids it took over from its source.</summary>
    /// <param name="after">Only events after this one.</param>
    /// <param name="until">Only events up to this one.</param>
    public IReadOnlyList<SequenceRange> Ranges(long after, long until) =>
        [.. Ranges(after).Where(range => range.First <= until).Select(range => new SequenceRange(range.First, Math.Min(range.Last, until)))];

    /// <summary>Ranges of the live events after one of them, ascending.</summary>
    public IReadOnlyList<SequenceRange> Ranges(long after = 0)
    {
        var ranges = new List<SequenceRange>();
        if (_links[0].Lineage is { BeganElsewhere: true, Parent: null, StartSequence: > 0 } forked && forked.StartSequence > after)
        {
            ranges.Add(new SequenceRange(after + 1, forked.StartSequence));
        }

        foreach (var (lineage, last) in _links)
        {
            var first = Math.Max(lineage.StartSequence, after) + 1;
            if (first <= last)
            {
                ranges.Add(new SequenceRange(first, last));
            }
        }

        return ranges;
    }

    /// <summary>Whether an event is live.</summary>
    public bool Contains(long sequence)
    {
        foreach (var range in Ranges())
        {
            if (sequence >= range.First && sequence <= range.Last)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The lineage that an event of the chain belongs to.</summary>
    public int LineageOf(long sequence)
    {
        for (var i = _links.Count - 1; i > 0; i--)
        {
            // The event that opened a lineage belongs to it: a position right after a restore is (new lineage, its sequence).
            if (sequence >= _links[i].Lineage.StartSequence)
            {
                return _links[i].Lineage.Number;
            }
        }

        return _links[0].Lineage.Number;
    }
}
