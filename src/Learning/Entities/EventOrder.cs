using LifelongApi.Contracts.Models;
using LifelongApi.Learning.State;

namespace LifelongApi.Learning.Entities;

/// <summary>
/// The latest <c>occurredAt</c> of each entity and of the stream, and what becomes of an event that lies behind it: a watermark with bounded lateness (Akidau et al. 2015, section 2.3).
/// An event is late where latest − occurredAt &gt; lateness, or where occurredAt lies further beyond its receipt than a clock may be wrong.
/// </summary>
/// <remarks>Reserves: latest time plus one and whether there is one, per entity and for the stream, in Read. Times are microseconds.</remarks>
public sealed class EventOrder
{
    private const double Microseconds = 1e6;
    private readonly EntityTable _entities;
    private readonly OrderSpec _spec;
    private readonly EntityColumn _latest;
    private readonly Slot _stream;

    /// <summary>Reserves the times.</summary>
    /// <param name="layout">Layout of the program.</param>
    /// <param name="entities">Rows of the entities.</param>
    /// <param name="spec">The policy, or null: the order of arrival is the order.</param>
    public EventOrder(LayoutBuilder layout, EntityTable entities, OrderSpec? spec)
    {
        _entities = entities;
        _spec = spec ?? new OrderSpec();
        _latest = entities.Column(Region.Read, "order.entityLatest", 4);
        _stream = layout.Vector(Region.Read, "order.streamLatest", 4);
    }

    /// <summary>What becomes of late events.</summary>
    public LatePolicy Policy => _spec.Late;

    /// <summary>When the last event happened.</summary>
    /// <param name="scope">Of the step's entity or of the stream.</param>
    /// <param name="step">The step.</param>
    /// <returns>Microseconds since 1970-01-01 UTC, or <see cref="Moment.Never"/>.</returns>
    public long Latest(HistoryScope scope, in StepContext step)
    {
        if (scope == HistoryScope.Entity)
        {
            var row = _entities.Row(step);
            return row < 0 ? Moment.Never : Read(step.ViewLongs(_latest.Of(row)));
        }

        return Read(step.ViewLongs(_stream));
    }

    /// <summary>Whether the step's event is late. Never where no policy asks.</summary>
    /// <param name="step">The step.</param>
    /// <returns>True for a late event.</returns>
    public bool IsLate(in StepContext step)
    {
        if (_spec.Late == LatePolicy.Accept || step.Moment.OccurredAt == Moment.Never)
        {
            return false;
        }

        var latest = Latest(_spec.Scope, step);
        return IsAhead(step) || (latest != Moment.Never && latest - step.Moment.OccurredAt > _spec.LatenessSeconds * Microseconds);
    }

    /// <summary>Why the step's event is late.</summary>
    /// <param name="step">The step of a late event, before <see cref="Commit"/>.</param>
    /// <returns>The numbers.</returns>
    public Lateness Lateness(in StepContext step) => IsAhead(step)
        ? new Lateness(step.Moment.AheadMicroseconds, IsAhead: true, _spec)
        : new Lateness(Latest(_spec.Scope, step) - step.Moment.OccurredAt, IsAhead: false, _spec);

    /// <summary>Takes the step's time in, unless it is late.</summary>
    /// <param name="step">A learning step whose entity has a row.</param>
    public void Commit(in StepContext step)
    {
        var time = step.Moment.OccurredAt;
        if (time != Moment.Never && !IsAhead(step) && !IsLate(step))
        {
            Advance(step.WriteLongs(_latest.Of(_entities.Row(step))), time);
            Advance(step.WriteLongs(_stream), time);
        }
    }

    private bool IsAhead(in StepContext step) => step.Moment.AheadMicroseconds > _spec.AheadSeconds * Microseconds;

    private static long Read(ReadOnlySpan<long> latest) => latest[1] == 0 ? Moment.Never : latest[0];

    private static void Advance(Span<long> latest, long time) =>
        (latest[0], latest[1]) = (latest[1] == 0 ? time : Math.Max(latest[0], time), 1);
}
