using LifelongApi.Learning.Numerics;

namespace LifelongApi.Learning.Evaluation;

/// <summary>
/// Compares two models on the same events, one event after the other, and may be looked at after every one of them. d ∈ [−1, 1] is the leader's loss minus the challenger's.
/// Evidence that the challenger is better is the wealth of a bet against E[d] ≤ 0: K ← K · (1 + λ d), with λ = clip(μ / (σ² + μ²), 0, 1/2) from the events before
/// (Waudby-Smith and Ramdas 2023, section 4, aGRAPA); the same with −d for worse. By Ville's inequality K ever reaches 1/α with a probability of at most α where the challenger is
/// not better, however often one looks. The interval is their predictable plug-in empirical Bernstein confidence sequence (theorem 2), on x = (d + 1) / 2.
/// </summary>
/// <remarks>A pure fold of the differences in order; the events need not be independent, only the mean given the past counts.</remarks>
public sealed class PairedTest
{
    private const double LargestBet = 0.5;
    private readonly double _alpha;
    private double _sum;

    // 1/4 in units of x, before anything is known.
    private double _squares = 1;

    private double _logBetter;
    private double _logWorse;
    private double _weights;
    private double _weighted;
    private double _spread;

    /// <summary>Starts from nothing.</summary>
    /// <param name="alpha">Share of comparisons whose interval may ever miss the mean, in (0, 1).</param>
    public PairedTest(double alpha = 0.05)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(alpha, 0);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(alpha, 1);
        _alpha = alpha;
    }

    /// <summary>Events compared.</summary>
    public long Count { get; private set; }

    /// <summary>Mean difference so far; 0 before the first.</summary>
    public double Mean => Count == 0 ? 0 : _sum / Count;

    /// <summary>ln of the evidence that the challenger is better.</summary>
    public double LogBetter => _logBetter;

    /// <summary>ln of the evidence that the challenger is worse.</summary>
    public double LogWorse => _logWorse;

    /// <summary>Interval that holds the mean difference at every time with probability 1 − α.</summary>
    public (double Low, double High) Interval
    {
        get
        {
            if (_weights <= 0)
            {
                return (-1, 1);
            }

            var centre = (2 * _weighted / _weights) - 1;
            var half = 2 * (Elementary.Log(2 / _alpha) + _spread) / _weights;
            return (Math.Max(-1, centre - half), Math.Min(1, centre + half));
        }
    }

    /// <summary>Takes in one event.</summary>
    /// <param name="difference">Loss of the leader minus loss of the challenger, in [−1, 1].</param>
    public void Add(double difference)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(difference, -1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(difference, 1);

        // Everything that decides a bet is from the events before this one; the first knows nothing and bets nothing.
        var mean = _sum / (Count + 1);
        var variance = _squares / (Count + 1);
        var bet = mean / (variance + (mean * mean));
        _logBetter += Elementary.Log(1 + (Math.Clamp(bet, 0, LargestBet) * difference));
        _logWorse += Elementary.Log(1 - (Math.Clamp(-bet, 0, LargestBet) * difference));

        // In units of x = (d + 1) / 2 differences are halved, and their squares quartered.
        var time = Count + 1;
        var weight = Math.Min(Math.Sqrt(2 * Elementary.Log(2 / _alpha) / (variance / 4 * time * Elementary.Log(1.0 + time))), LargestBet);
        var distance = (difference - mean) / 2;
        _weights += weight;
        _weighted += weight * ((difference + 1) / 2);
        _spread += 4 * distance * distance * (-Elementary.Log(1 - weight) - weight) / 4;

        Count++;
        _sum += difference;
        var now = _sum / (Count + 1);
        _squares += (difference - now) * (difference - now);
    }
}
