using System.Globalization;
using LifelongApi.Contracts.Models;

namespace LifelongApi.Learning.Entities;

/// <summary>Why an event counted as late, in numbers; the words are made when somebody asks.</summary>
/// <param name="Microseconds">How far it lies behind the latest event, or beyond its receipt.</param>
/// <param name="IsAhead">Whether it lies beyond its receipt.</param>
/// <param name="Order">The policy.</param>
public readonly record struct Lateness(long Microseconds, bool IsAhead, OrderSpec Order)
{
    /// <summary>What to tell.</summary>
    /// <returns>Where the event lies and what became of it.</returns>
    public string Describe()
    {
        var what = Order.Late == LatePolicy.Reject ? "nothing was learned" : "it was learned without lags and windows and did not enter them";
        var seconds = Microseconds / 1e6;
        return IsAhead
            ? string.Create(CultureInfo.InvariantCulture, $"occurredAt lies {seconds:0.###} s beyond the receipt where input.order allows {Order.AheadSeconds:0.###} s: {what}.")
            : string.Create(CultureInfo.InvariantCulture, $"The event is {seconds:0.###} s behind the latest one of its {(Order.Scope == HistoryScope.Entity ? "entity" : "stream")} where input.order allows {Order.LatenessSeconds:0.###} s: {what}.");
    }
}
