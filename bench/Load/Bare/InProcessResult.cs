namespace LifelongApi.Bare;

/// <summary>What learning without requests came to.</summary>
/// <param name="Rate">Events per second.</param>
/// <param name="P50">Seconds of an event, in the middle.</param>
/// <param name="P99">Seconds that 99 % of the events took at most.</param>
/// <param name="StateByteCount">Bytes of learned state.</param>
internal sealed record InProcessResult(double Rate, double P50, double P99, long StateByteCount);
