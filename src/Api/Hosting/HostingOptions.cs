namespace LifelongApi.Api.Hosting;

/// <summary>How models are hosted: configuration section <c>Lifelong</c>.</summary>
internal sealed class HostingOptions
{
    /// <summary>Name of the configuration section.</summary>
    public const string Section = "Lifelong";

    /// <summary>Events that may wait in the queue of a stream before learn answers 429, 1 or more. Default 4,096.</summary>
    public int QueueCapacity { get; set; } = 4096;

    /// <summary>Bytes of payload that may wait in the queue of a stream before learn answers 429. Default 64 MiB.</summary>
    public long QueueByteCapacity { get; set; } = 64L << 20;

    /// <summary>Most events in one commit, 1 or more. Default 4,096.</summary>
    public int BatchEventCount { get; set; } = 4096;

    /// <summary>Most bytes of payload in one commit (one larger event still fits). Default 4 MiB.</summary>
    public long BatchByteCount { get; set; } = 4L << 20;

    /// <summary>Outcomes kept in memory per model, so that a duplicate that comes soon is answered without the store. Default 4,096.</summary>
    public int RecentOutcomeCount { get; set; } = 4096;

    /// <summary>Seconds of applying after which a recovery point is cut: the most a restart has to replay. Default 5.</summary>
    public double ReplayBudgetSeconds { get; set; } = 5;

    /// <summary>Bytes that entities beyond the capacity of a model may take in memory before a recovery point writes them to the store. Default 64 MiB.</summary>
    public long EntityByteBudget { get; set; } = 64L << 20;

    /// <summary>Seconds without a lease after which a stream is closed. Default 600.</summary>
    public double IdleCloseSeconds { get; set; } = 600;

    /// <summary>Bytes of learned state that open models may hold together; beyond it the least recently used streams without leases are closed. Default 4 GiB.</summary>
    public long StateByteBudget { get; set; } = 4L << 30;

    /// <summary>Stored versions kept in memory for predictions from the past, 0 or more. Default 2.</summary>
    public int VersionCacheCount { get; set; } = 2;

    /// <summary>Bytes of learned state that those versions may hold together. Default 512 MiB.</summary>
    public long VersionCacheByteBudget { get; set; } = 512L << 20;

    /// <summary>Seconds between two rounds of housekeeping: writing outcomes of idle streams, recovery points, closing. Default 0.25.</summary>
    public double HousekeepingSeconds { get; set; } = 0.25;

    /// <summary>Longest wait in seconds between two attempts to reach a store that went away. Default 5.</summary>
    public double StoreRetrySeconds { get; set; } = 5;

    /// <summary>What a client is told to wait in seconds when the queue is full. Default 1.</summary>
    public double RetryAfterSeconds { get; set; } = 1;

    /// <summary>Events in the window of the prequential metrics, 1 … 100,000. Default 1,000. Models keep the window they were created with.</summary>
    public int MetricWindow { get; set; } = 1000;

    /// <summary>Most probe sets of a stream, 0 or more. Default 100.</summary>
    public int ProbeCount { get; set; } = 100;

    /// <summary>Learned events of a task that stand for it where no probe set is uploaded, 0 (none) … 10,000. Default 200.</summary>
    public int ProbeSampleRows { get; set; } = 200;

    /// <summary>Seconds that metrics wait for rows of the accuracy matrix that are not computed yet; beyond it they are reported as pending. Default 10.</summary>
    public double ProbeWaitSeconds { get; set; } = 10;

    /// <summary>Bytes of probe rows kept in memory. Default 64 MiB.</summary>
    public long ProbeCacheByteBudget { get; set; } = 64L << 20;

    /// <summary>Largest file of an encoder in bytes, up to 1 GiB. Default 128 MiB.</summary>
    public int EncoderBytes { get; set; } = 128 << 20;

    /// <summary>Memory of all inferences of encoders together in bytes, up to 4 GiB − 1; an inference that wants more is refused. Default 2 GiB.</summary>
    public uint EncoderMemoryBytes { get; set; } = 2u << 30;

    /// <summary>Longest inference of an encoder in seconds. Default 30.</summary>
    public double EncoderSeconds { get; set; } = 30;

    /// <summary>Encoders kept open while nobody uses them. Default 4.</summary>
    public int OpenEncoders { get; set; } = 4;

    /// <summary>Events that may wait for a listener of <c>…/events</c> before it is told that some were dropped, 1 or more. Default 1,024.</summary>
    public int FeedCapacity { get; set; } = 1024;

    /// <summary>Seconds without an event after which a listener is sent a comment line. Default 15.</summary>
    public double HeartbeatSeconds { get; set; } = 15;

    internal TimeSpan RetryAfter => TimeSpan.FromSeconds(RetryAfterSeconds);

    internal TimeSpan ReplayBudget => TimeSpan.FromSeconds(ReplayBudgetSeconds);
}
