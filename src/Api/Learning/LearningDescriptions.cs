using LifelongApi.Api.OpenApi;
using LifelongApi.Api.Requests;
using LifelongApi.Contracts.Learning;
using static LifelongApi.Api.OpenApi.DescribedEndpoints;

namespace LifelongApi.Api.Learning;

/// <summary>What the documentation says about asking and teaching.</summary>
internal static class LearningDescriptions
{
    private const string Features = """{"features":{"amount":12.5,"country":"DE","returning":true},"entity":"account-5","occurredAt":"2026-03-01T12:00:00Z","abstainBelow":0.6,"explain":true,"top":3}""";
    private const string Event = """{"eventId":"order-17","features":{"amount":12.5,"country":"DE"},"label":"fraud","task":"january","entity":"account-5"}""";
    private const string Question = """{"eventId":"order-18","features":{"amount":99,"country":"FR"},"remember":true}""";
    private const string Answer = """{"eventId":"order-18","label":"legitimate"}""";
    private const string RawNumbers = "(little-endian float32, 4 bytes per number)";

    public static OperationDescription Predict { get; } = new("Ask", "One set of features, or several as rows. Changes nothing and waits for no learning. Unknown feature names are left out. entity (for rows: entities, one each) and occurredAt say what an event would say, for models that look at them; with entities in the spec entityKnown says whether the entity had learned before. abstainBelow withholds a label that is less sure; explain says what each feature adds to the answer. A raw body holds the numbers of a vector or image. With remember the question is journalled as an event (scope learn), so that feedback can answer it later.")
    {
        Parameters =
        [
            new("version", false, "Answer from this stored version instead of the present.", "3"),
            new("entity", false, "Raw body only: whom or what it is about.", "account-5"),
            new("occurredAt", false, "Raw body only: when it happened, ISO 8601.", "2026-03-01T12:00:00Z"),
            new("Idempotency-Key", true, "With remember: event id of one example.", "order-18"),
            new("remember", false, "Raw body only: journal the question, so that feedback can answer it later.", "true"),
            new("eventId", false, "Raw body with remember only: id of the event.", "order-18"),
            new("subject", false, "Raw body with remember only: person whose erasure removes the payload.", "person-9"),
        ],
        Bodies =
        [
            new(MediaTypes.Json, typeof(PredictRequest), Features),
            new(MediaTypes.Json, typeof(PredictRequest), Question),
            new(MediaTypes.Raw, null, RawNumbers),
        ],
        Answers =
        [
            Ok<PredictResponse>("The answer; for rows, results holds one answer per row.", $$"""{"model":"fraud","position":"1:18",{{Samples.Prediction[1..]}}"""),
        ],
        Problems = [400, 404, 409, 413, 415, 429],
    };

    public static OperationDescription Feedback { get; } = new("Answer later", "What became known about an earlier event: the label, target or reward of a remembered prediction, or the reward of an event that was learned. The model learns from the stored input under its present weights (recomputed). An event takes one label and one reward: the same again answers duplicate, another one 409. After the default label of the spec one more is learned. Several answers: {\"feedback\": […]}.")
    {
        Bodies =
        [
            new(MediaTypes.Json, typeof(FeedbackRequest), Answer),
            new(MediaTypes.Json, typeof(FeedbackBatchRequest), $$"""{"feedback":[{{Answer}}]}"""),
        ],
        Answers = [new(200, "What the feedback did, or one result per answer.", Json<LearnResult>(Samples.LearnResult[..^1] + ""","feedback":{"eventId":"order-18","sequence":17,"eligibility":"recomputed","delaySeconds":312.5,"cause":"given"}}"""))],
        Problems = [400, 404, 409, 413, 415, 429],
    };

    public static OperationDescription Learn { get; } = new("Teach", "One event, or several in order ({\"events\": […]}). With a label or target the model learns, without either it observes. The answer is the prediction made before learning, and what the event changed. The same eventId again answers duplicate and changes nothing. With a raw body everything but the features is in the query.")
    {
        Parameters =
        [
            new("Idempotency-Key", true, "Event id of a single event.", "order-17"),
            new("label", false, "Raw body only: the class.", "fraud"),
            new("target", false, "Raw body only: the numbers to predict, separated by commas.", "1.5"),
            new("reward", false, "Raw body only: the reward of the moment.", "0.5"),
            new("weight", false, "Raw body only: importance weight, 0 … 1000000.", "1"),
            new("eventId", false, "Raw body only: id of the event.", "order-17"),
            new("task", false, "Raw body only: the task.", "january"),
            new("entity", false, "Raw body only: whom or what it is about.", "account-5"),
            new("subject", false, "Raw body only: person whose erasure removes the payload.", "person-9"),
            new("occurredAt", false, "Raw body only: when it happened, ISO 8601.", "2026-03-01T12:00:00Z"),
        ],
        Bodies =
        [
            new(MediaTypes.Json, typeof(LearnEvent), Event),
            new(MediaTypes.Json, typeof(LearnBatchRequest), $$"""{"events":[{{Event}}]}"""),
            new(MediaTypes.Raw, null, RawNumbers),
        ],
        Answers = [new(200, "What the event did, or one result per event.", Json<LearnResult>(Samples.LearnResult))],
        Problems = [400, 404, 409, 413, 415, 429],
    };

    public static OperationDescription Stream { get; } = new("Teach a stream of rows", "NDJSON both ways: every row is an event (to learn; with remember to answer and remember; with feedback and an earlier event's id to answer that one), every answer row a result, in order, while the request still runs. A bad row gets its own error and the rest goes on. As raw numbers a row is the features as little-endian float32 and then the target: for labels the number of the class as int32 (below 0: none), for values each as float32. The service stops reading when too many rows wait for their answer. Duplex on HTTP/1.1 (port 8080) for clients that can, and on cleartext HTTP/2 (port 8081).")
    {
        Bodies = [new(MediaTypes.Rows, typeof(LearnEvent), Event + "\n{\"features\":{\"amount\":\"\\ud800\"}}\n"), new(MediaTypes.Raw, null, RawNumbers)],
        Answers = [new(200, "One result per row.", new(MediaTypes.Rows, typeof(LearnResult), Samples.LearnResult + "\n{\"status\":\"rejected\",\"error\":{\"type\":\"/problems/invalid-request\",\"title\":\"Invalid request\",\"status\":400,\"detail\":\"features: The text is not valid Unicode.\",\"row\":2}}\n"))],
        Problems = [400, 404, 409, 415],
    };

    public static OperationDescription Metrics { get; } = new("How well does it do?", "Prequential: every number comes from predictions made before learning. In total, over a window, by class and by task, beside baselines: accuracy, log-loss, kappa, areas under the curves, calibration error, Brier, precision, recall, F1 and the confusion matrix, or errors and R². Where tasks ended or probe sets were uploaded, scenario holds the accuracy matrix: the model on every task after each of them, average, forgetting and transfer.")
    {
        Parameters = [new("scenario", false, "false leaves the accuracy matrix out, which takes longer than the rest.", "false")],
        Answers = [Ok<ModelMetrics>("The metrics.", """{"position":"1:18","total":{"count":17,"accuracy":0.88,"logLoss":0.31,"kappa":0.6,"kappaTemporal":0.6,"auc":0.93,"aucError":0.004,"prAuc":0.9,"prAucError":0.01,"calibrationError":0.07,"brier":0.19,"precision":0.85,"recall":0.8,"f1":0.82},"window":{"count":17,"accuracy":0.88,"logLoss":0.31},"windowSize":1000,"classes":{"fraud":{"count":3,"accuracy":0.67,"logLoss":0.8,"auc":0.93,"aucError":0.004,"prAuc":0.8,"prAucError":0.02,"precision":0.67,"recall":0.67,"f1":0.67}},"confusion":{"labels":["fraud","legitimate"],"counts":[[2,1],[1,12]],"unanswered":[0,1]},"calibration":[{"from":0.9,"count":16,"confidence":0.95,"accuracy":0.88}],"tasks":{"january":{"count":17,"accuracy":0.88,"logLoss":0.31}},"baselines":{"noChange":{"count":17,"accuracy":0.7},"majority":{"count":17,"accuracy":0.82}},"modulators":{"acetylcholine":0.21,"noradrenaline":0},"events":{"learned":17,"observed":1},"consolidations":0,"scenario":{"measure":"accuracy","tasks":[{"task":"january","source":"uploaded","probeRows":200,"hasEnded":true},{"task":"february","source":"journal","probeRows":150,"hasEnded":true}],"untrained":[0,0],"rows":[{"task":"january","position":"1:9","scores":[0.9,0.4]},{"task":"february","position":"1:18","scores":[0.85,0.95]}],"now":{"position":"1:18","scores":[0.85,0.95]},"atLastEnd":{"averageScore":0.9,"forgetting":0.05,"backwardTransfer":-0.05,"forwardTransfer":0.4},"atPresent":{"averageScore":0.9,"forgetting":0.025,"backwardTransfer":-0.025,"forwardTransfer":0.4},"pending":0}}""")],
        Problems = [400, 404],
    };
}
