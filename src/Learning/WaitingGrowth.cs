namespace LifelongApi.Learning;

/// <summary>Units that a population waits for: what a <c>Grew</c> event is to name.</summary>
/// <param name="Population">Name of the population.</param>
/// <param name="Units">Units that it is to have.</param>
/// <param name="Since">Sequence of the event that asked for them.</param>
public sealed record WaitingGrowth(string Population, int Units, long Since);
