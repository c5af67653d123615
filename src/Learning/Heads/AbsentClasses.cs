using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Heads;

/// <summary>
/// Which classes have stopped coming. With n_k events of class k, the first of them a events ago and the last one g events ago, g n_k / a is how many of the class were to be expected since
/// its last if it came as often as ever. More than a bound of them is an absence that chance does not explain (with independent events the probability is e^−bound, the Poisson distribution).
/// Where half as many events since then surely looked like the class and had other labels, it is not the things that stay away: they are called otherwise now, and that is to be followed, not retained.
/// </summary>
/// <remarks>
/// Deviation from a Poisson test: the rate is estimated over the gap too, so a class needs more than the bound events before it can be absent at all; rare classes and those that come in spells are not taken for absent ones.
/// Reserves: events and events that looked like the class since its last [classes, int32], first and last event [classes, int64] and the number of events in Read.
/// </remarks>
public sealed class AbsentClasses
{
    private const double MostClaimed = 0.5;
    private readonly double _bound;
    private readonly Slot _counts;
    private readonly Slot _claims;
    private readonly Slot _first;
    private readonly Slot _last;
    private readonly Slot _events;

    /// <summary>Reserves the counters.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="classes">Classes that fit.</param>
    /// <param name="bound">Events of a class that were to be expected and did not come, 1 or more.</param>
    public AbsentClasses(LayoutBuilder layout, int classes, float bound)
    {
        _bound = bound;
        _counts = layout.Vector(Region.Read, "head.seen.counts", classes);
        _claims = layout.Vector(Region.Read, "head.seen.claims", classes);
        _first = layout.Vector(Region.Read, "head.seen.first", 2 * classes);
        _last = layout.Vector(Region.Read, "head.seen.last", 2 * classes);
        _events = layout.Vector(Region.Read, "head.seen.events", 2);
    }

    /// <summary>Whether a class has stopped coming.</summary>
    /// <param name="label">Class id.</param>
    /// <param name="step">The step.</param>
    /// <returns>True for an absence that its own frequency does not explain.</returns>
    public bool IsAbsent(int label, in StepContext step)
    {
        return IsAbsent(step.ViewIntegers(_counts)[label], step.ViewIntegers(_claims)[label], step.ViewLongs(_first)[label], step.ViewLongs(_last)[label], step.ViewLongs(_events)[0], _bound);
    }

    /// <summary>Whether a class has stopped coming, from its counters.</summary>
    /// <param name="count">Events of the class.</param>
    /// <param name="claims">Events since its last that looked like it.</param>
    /// <param name="first">Its first event.</param>
    /// <param name="last">Its last event.</param>
    /// <param name="now">Events of all classes.</param>
    /// <param name="bound">Events of the class that were to be expected and did not come.</param>
    /// <returns>True for an absence that its own frequency does not explain.</returns>
    public static bool IsAbsent(int count, int claims, long first, long last, long now, double bound)
    {
        var (missed, events) = ((double)(now - last) * count, now - first + 1);
        return missed > bound * events && (double)claims * events < MostClaimed * missed;
    }

    /// <summary>Takes an event of a class in.</summary>
    /// <param name="label">Class id.</param>
    /// <param name="claimed">The class that what retains is sure to see; the label itself where it is not sure.</param>
    /// <param name="step">A learning step.</param>
    public void Add(int label, int claimed, in StepContext step)
    {
        var claims = step.WriteIntegers(_claims);
        claims[claimed] = Math.Min(claims[claimed] + 1, int.MaxValue - 1);
        claims[label] = 0;
        var now = ++step.WriteLongs(_events)[0];
        var counts = step.WriteIntegers(_counts);
        if (counts[label] == 0)
        {
            step.WriteLongs(_first)[label] = now;
        }

        counts[label] = Math.Min(counts[label] + 1, int.MaxValue - 1);
        step.WriteLongs(_last)[label] = now;
    }
}
